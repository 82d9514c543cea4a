# Writes one kind of backtrace, as Ruby prints it: ruby failing.rb <kind>.
require "json"

class PaymentError < StandardError; end

def charge(amount)
  raise ArgumentError, "잘못된 금액: #{amount}" if amount.negative?
  1 / amount
end

def cause
  charge(-1)
rescue ArgumentError
  raise PaymentError, "charge refused"
end

case ARGV[0]
when "simple" then charge(0)
when "cause" then cause
when "library" then JSON.parse("{broken")
when "block" then [1].each { |x| charge(-x) }
when "multi_line" then raise PaymentError, "first line\nsecond line"
when "no_method" then nil.upcase
end
