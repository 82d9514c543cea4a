# Writes lines with one of Ruby's loggers: ruby loggers.rb <logger>.
require "logger"

def charge(amount)
  1 / amount
end

case ARGV[0]
when "logger"
  log = Logger.new($stdout)
when "sidekiq"
  require "sidekiq"
  log = Sidekiq.logger
when "sidekiq_json"
  require "sidekiq"
  log = Sidekiq.logger
  log.formatter = Sidekiq::Logger::Formatters::JSON.new
end

log.info("order placed")
begin
  charge(0)
rescue ZeroDivisionError => error
  if ARGV[0] == "logger"
    log.error(error)
    log.warn("shop") { "재고가 부족합니다" }
  else
    require "sidekiq/exception_handler"
    job = { "class" => "PayJob", "args" => [17], "jid" => "b4a577edbccf1d805744efa9" }
    Sidekiq::Context.with(class: "PayJob", jid: job["jid"]) do
      log.info("start")
      Sidekiq::ExceptionHandler::Logger.new.call(error, { context: "Job raised exception", job: job })
      log.error("charge failed")
      log.info("fail")
    end
  end
end
