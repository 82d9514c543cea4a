<?php
// Writes the same records with Monolog: php loggers.php <formatter>. Package php-monolog of Debian 12.
require "/usr/share/php/Monolog/autoload.php";

use Monolog\Formatter\JsonFormatter;
use Monolog\Formatter\LineFormatter;
use Monolog\Formatter\LogstashFormatter;
use Monolog\Handler\StreamHandler;
use Monolog\Logger;
use Monolog\Processor\IntrospectionProcessor;
use Monolog\Processor\WebProcessor;

class PaymentException extends Exception {}

function charge(int $amount): int { return intdiv(1, $amount); }

function order(): void {
    try { charge(0); } catch (DivisionByZeroError $error) { throw new PaymentException("결제 실패", 7, $error); }
}

$formatter = match ($argv[1]) {
    "line" => new LineFormatter(),
    // as Laravel configures it: laravel/framework, Illuminate\Log\LogManager::formatter
    "laravel" => (function () { $made = new LineFormatter(null, "Y-m-d H:i:s", true, true); $made->includeStacktraces(); return $made; })(),
    "json" => new JsonFormatter(),
    "json_stacktraces" => (function () { $made = new JsonFormatter(); $made->includeStacktraces(); return $made; })(),
    "logstash" => new LogstashFormatter("shop"),
};
$handler = new StreamHandler("php://stdout", Logger::INFO);
$handler->setFormatter($formatter);
$log = new Logger($argv[1] === "laravel" ? "production" : "shop", [$handler]);
if ($argv[1] === "json") {
    $log->pushProcessor(new WebProcessor(["REQUEST_URI" => "/orders/17", "REMOTE_ADDR" => "10.0.0.7", "REQUEST_METHOD" => "POST", "SERVER_NAME" => "shop", "HTTP_REFERER" => null]));
    $log->pushProcessor(new IntrospectionProcessor());
}
$log->info("order placed", ["order" => 17, "requestId" => "req-1"]);
try { order(); } catch (PaymentException $error) { $log->error($argv[1] === "laravel" ? $error->getMessage() : "charge failed", ["userId" => 4, "exception" => $error]); }
$log->critical("cannot go on", ["requestId" => "req-1"]);
$log->emergency("two lines\nof a message");
$log->warning("재고가 부족합니다");
