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
