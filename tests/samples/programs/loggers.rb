# Writes lines with Ruby's Logger: ruby loggers.rb.
require "logger"

log = Logger.new($stdout)
log.info("order placed")
begin
  1 / 0
rescue ZeroDivisionError => error
  log.error(error)
end
log.warn("shop") { "재고가 부족합니다" }
