# A Rails application that fails on one route, as `rails server` logs it in production: puma rails_app.ru.
require "action_controller/railtie"

class PaymentError < StandardError; end

class OrdersController < ActionController::Base
  def show
    charge(params[:id])
  end

  private

  def charge(number)
    Integer("order #{number}")
  rescue ArgumentError
    raise PaymentError, "결제 실패: #{number}"
  end
end

class Shop < Rails::Application
  config.load_defaults 6.1
  config.eager_load = false
  config.hosts.clear
  config.secret_key_base = "only for samples"
  config.consider_all_requests_local = false
  config.log_level = :info
  config.log_tags = [:request_id] unless ENV["PLAIN"]
  config.log_formatter = ::Logger::Formatter.new
  logger = ActiveSupport::Logger.new($stdout)
  logger.formatter = config.log_formatter
  config.logger = ENV["PLAIN"] ? logger : ActiveSupport::TaggedLogging.new(logger)
  routes.append { get "/orders/:id" => "orders#show" }
end

Shop.initialize!
run Shop
