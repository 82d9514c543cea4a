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
when "three_causes"
  begin
    cause
  rescue PaymentError
    raise "checkout failed"
  end
when "module"
  module Shop
    module Payments
      class Gateway
        def self.charge(amount) = new.pay(amount)
        def pay(amount) = [amount].map { |one| 1 / one }.first
      end
    end
  end
  Shop::Payments::Gateway.charge(0)
when "frozen" then "text".freeze << "more"
when "missing" then require "nowhere"
when "syntax" then eval("def pay(\n")
when "name" then chrge(1)
when "thread" then Thread.new { Thread.current.name = "worker-1"; charge(0) }.join
when "recursion"
  def again(depth) = again(depth + 1)
  again(0)
when "full_message"
  begin
    cause
  rescue PaymentError => error
    warn error.full_message(highlight: false, order: :top)
  end
when "detailed"
  begin
    cause
  rescue PaymentError => error
    warn "#{error.class}: #{error.message}\n#{error.backtrace.map { |line| "\t#{line}" }.join("\n")}"
  end
when "abort" then abort("cannot go on")
when "warning" then warn("use charge_all", uplevel: 0)
end
