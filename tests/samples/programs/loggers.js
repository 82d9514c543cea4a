// Write the same records with one Node logger: node loggers.js <logger>.
"use strict";

function charge(amount) {
  throw new RangeError(`잘못된 금액: ${amount}`);
}

function failure() {
  try { charge(-1); } catch (cause) { return new Error("charge refused", { cause }); }
}

const kinds = {
  pino() {
    const log = require("pino")({ name: "shop" });
    log.info({ reqId: "req-1", userId: "u-1" }, "order placed");
    log.error({ err: failure(), reqId: "req-1" }, "charge failed");
    log.fatal("cannot go on");
    log.warn("재고가 부족합니다");
  },
  pino_http() {
    const pino = require("pino");
    const log = pino({ base: { serviceId: "gateway" } });
    log.error({ req: { id: 7, method: "GET", url: "/orders/17", headers: { "user-agent": "curl/8.5" }, remoteAddress: "10.0.0.7" },
      res: { statusCode: 502 }, responseTime: 31, err: new Error("failed with status code 502") }, "request errored");
  },
  pino_named_levels() {
    const pino = require("pino");
    const log = pino({ messageKey: "message", timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
    log.error(failure(), "charge failed");
  },
  winston() {
    const winston = require("winston");
    const log = winston.createLogger({
      format: winston.format.combine(winston.format.timestamp(), winston.format.errors({ stack: true }), winston.format.json()),
      defaultMeta: { service: "shop" },
      transports: [new winston.transports.Console()],
    });
    log.info("order placed", { requestId: "req-1" });
    log.error(failure());
    log.error("charge failed", { error: String(failure()), requestId: "req-1" });
    log.warn("재고가 부족합니다");
  },
  winston_simple() {
    const winston = require("winston");
    const log = winston.createLogger({ format: winston.format.simple(), transports: [new winston.transports.Console()] });
    log.error("charge failed", { requestId: "req-1" });
  },
  pino_error_key() {
    const pino = require("pino");
    const log = pino({ errorKey: "error", nestedKey: "payload", timestamp: pino.stdTimeFunctions.isoTime, name: "shop" });
    log.error({ error: Object.assign(failure(), { code: "E_DECLINED", details: { order: 17 } }), requestId: "req-1" });
    log.error(new AggregateError([new Error("first"), new TypeError("second")], "two refused"), "charge failed");
    log.child({ module: "cart" }).error("charge of %d failed", 1000);
  },
  pino_pretty() {
    const log = require("pino")(require("pino-pretty")({ sync: true, colorize: false }));
    log.info({ reqId: "req-1" }, "order placed");
    log.error({ err: failure(), reqId: "req-1" }, "charge failed");
    log.fatal("cannot go on");
  },
  pino_pretty_line() {
    const log = require("pino")(require("pino-pretty")({ sync: true, colorize: true, singleLine: true, translateTime: "UTC:yyyy-mm-dd'T'HH:MM:ss.l'Z'" }));
    log.info({ reqId: "req-1" }, "order placed");
    log.error({ err: failure(), reqId: "req-1" }, "charge failed");
  },
  winston_printf() {
    const winston = require("winston");
    const { combine, timestamp, label, printf, errors, splat } = winston.format;
    const log = winston.createLogger({
      format: combine(errors({ stack: true }), splat(), label({ label: "payment" }), timestamp(),
        printf(({ level, message, label, timestamp, stack }) => `${timestamp} [${label}] ${level}: ${stack ?? message}`)),
      transports: [new winston.transports.Console()],
    });
    log.info("order %d placed", 17);
    log.error(failure());
    log.error("charge failed", failure());
    log.warn("재고가 부족합니다");
  },
  winston_cli() {
    const winston = require("winston");
    const log = winston.createLogger({ format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.cli()), transports: [new winston.transports.Console()] });
    log.info("order placed", { requestId: "req-1" });
    log.error("charge failed", failure());
  },
  winston_pretty() {
    const winston = require("winston");
    const log = winston.createLogger({ format: winston.format.combine(winston.format.timestamp(), winston.format.prettyPrint()), transports: [new winston.transports.Console()] });
    log.error("charge failed", { requestId: "req-1", order: { id: 17 } });
  },
  winston_exceptions() {
    const winston = require("winston");
    winston.createLogger({ format: winston.format.json(), transports: [new winston.transports.Console({ handleExceptions: true, handleRejections: true })] });
    setTimeout(() => charge(-1), 1);
  },
  winston_logstash() {
    const winston = require("winston");
    const log = winston.createLogger({ format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.logstash()), transports: [new winston.transports.Console()] });
    log.error("charge failed", failure());
  },
  bunyan() {
    const bunyan = require("bunyan");
    const log = bunyan.createLogger({ name: "shop", serializers: bunyan.stdSerializers });
    log.info({ reqId: "req-1" }, "order placed");
    log.error({ err: failure(), reqId: "req-1" }, "charge failed");
    log.error(failure());
    log.fatal("cannot go on");
    log.warn("재고가 부족합니다");
  },
  log4js() {
    const log4js = require("log4js");
    log4js.configure({ appenders: { out: { type: "stdout", layout: { type: "basic" } } }, categories: { default: { appenders: ["out"], level: "info" } } });
    const log = log4js.getLogger("payment");
    log.info("order placed");
    log.error("charge failed", failure());
    log.fatal("cannot go on");
    log.warn("재고가 부족합니다");
  },
  log4js_pattern() {
    const log4js = require("log4js");
    log4js.configure({ appenders: { out: { type: "stdout", layout: { type: "pattern", pattern: "%d{ISO8601_WITH_TZ_OFFSET} %p %c %z %m" } } }, categories: { default: { appenders: ["out"], level: "info" } } });
    const log = log4js.getLogger("payment");
    log.error("charge failed", failure());
  },
  tslog() {
    const { Logger } = require("tslog");
    const log = new Logger({ name: "shop", type: "json" });
    log.info("order placed", { requestId: "req-1" });
    log.error("charge failed", failure());
    log.fatal(failure());
    log.warn("재고가 부족합니다");
  },
  tslog_pretty() {
    const { Logger } = require("tslog");
    const log = new Logger({ name: "shop", type: "pretty", stylePrettyLogs: false });
    log.info("order placed", { requestId: "req-1" });
    log.error("charge failed", failure());
  },
  tslog4() {
    const { Logger } = require("tslog4");
    const log = new Logger({ name: "shop", type: "json" });
    log.info("order placed", { requestId: "req-1" });
    log.error("charge failed", failure());
    log.error({ message: "charge failed", requestId: "req-1" });
    log.fatal(failure());
    log.warn("재고가 부족합니다");
  },
  roarr() {
    process.env.ROARR_LOG = "true";
    const { Roarr } = require("roarr");
    const log = Roarr.child({ package: "shop" });
    log.error({ error: require("roarr").serializeError?.(failure()) ?? String(failure()), requestId: "req-1" }, "charge failed");
    log.warn("재고가 부족합니다");
  },
  signale() {
    const signale = require("signale");
    const log = new signale.Signale({ scope: "payment", stream: process.stdout });
    log.info("order placed");
    log.error(failure());
    log.fatal("cannot go on");
  },
  consola() {
    const { createConsola } = require("consola");
    const log = createConsola({ fancy: false, formatOptions: { date: true } }).withTag("payment");
    log.info("order placed");
    log.error(failure());
    log.error("charge failed", { order: 17 });
  },
  console() {
    console.log("order placed", { order: 17 });
    console.error("charge failed:", failure());
    console.error({ message: "charge failed", order: 17, error: failure() });
    console.error(JSON.stringify({ message: "charge failed", error: failure() }));
    console.error("charge failed: %s", failure());
    console.warn("재고가 부족합니다");
  },
  nest_exception() {
    const { ConsoleLogger } = require("@nestjs/common");
    const log = new ConsoleLogger("ExceptionsHandler", { json: true, colors: false });
    log.error(failure());
    log.error("charge failed", failure().stack, "PaymentService");
    log.error({ order: 17, reason: "declined" }, "PaymentService");
  },
  nest_json() {
    const { ConsoleLogger } = require("@nestjs/common");
    const log = new ConsoleLogger("PaymentService", { json: true, colors: false });
    log.log("order placed");
    log.error("charge failed", failure().stack);
    log.fatal("cannot go on");
    log.warn("재고가 부족합니다");
  },
  nest_text() {
    const { ConsoleLogger } = require("@nestjs/common");
    const log = new ConsoleLogger("PaymentService", { colors: true });
    log.log("order placed");
    log.error("charge failed", failure().stack);
    log.warn("재고가 부족합니다");
  },
  powertools() {
    const { Logger } = require("@aws-lambda-powertools/logger");
    const log = new Logger({ serviceName: "payment" });
    log.addContext({ functionName: "orders", memoryLimitInMB: "128", awsRequestId: "52fdfc07-2182-454f-963f-5f0f9a621d72",
      invokedFunctionArn: "arn:aws:lambda:ap-northeast-2:123456789012:function:orders" });
    log.info("order placed", { orderId: "o-1" });
    log.error("charge failed", failure());
  },
};

kinds[process.argv[2]]();
