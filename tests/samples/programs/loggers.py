"""Write the same three records with one Python logger: python loggers.py <logger>.

The records: an information with fields, an error with an exception and its cause, a warning with Korean text.
"""

import logging
import sys


def charge(amount):
    return 1 / amount


def order():
    try:
        charge(0)
    except ZeroDivisionError as error:
        raise ValueError("결제 실패") from error


def write(logger, **fields):
    logger.info("order placed", **fields)
    try:
        order()
    except ValueError:
        logger.exception("charge failed", **fields)
    logger.warning("재고가 부족합니다", **fields)


def plain(form, **more):
    logging.basicConfig(**({"format": form} if form else {}), level=logging.INFO, stream=sys.stdout, **more)
    write(logging.getLogger("shop.payment"))


def bracketed():
    plain("%(asctime)s [%(levelname)s] %(name)s: %(message)s", datefmt="%Y-%m-%d %H:%M:%S")


def basic():
    plain(None)


def asctime():
    plain("%(asctime)s %(levelname)s %(name)s %(message)s")


def dashed():
    plain("%(asctime)s - %(name)s - %(levelname)s - %(message)s")


def with_place():
    plain("%(asctime)s %(levelname)-8s [%(name)s:%(lineno)d] %(message)s")


def json_logger():
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter("%(created)f %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("shop.payment")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    write(logger, extra={"request_id": "req-1", "user_id": 42})


def json_logger_renamed():
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{message}{name}{exc_info}",
            style="{",
            rename_fields={"levelname": "level", "asctime": "timestamp"},
            datefmt="%Y-%m-%dT%H:%M:%S%z",
        )
    )
    logger = logging.getLogger("shop.payment")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    write(logger)


def structlog_json(tracebacks):
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tracebacks(structlog),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    write(structlog.get_logger(), request_id="req-1", amount=1000)


def structlog_text():
    structlog_json(lambda structlog: structlog.processors.format_exc_info)


def structlog_dicts():
    structlog_json(lambda structlog: structlog.processors.dict_tracebacks)


def structlog_console():
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stdout))
    structlog.get_logger().error("charge failed", request_id="req-1", amount=1000)


def structlog_logfmt():
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    structlog.get_logger().error("charge failed", request_id="req-1", amount=1000)


def loguru(**options):
    from loguru import logger

    logger.remove()
    logger.add(sys.stdout, colorize=False, backtrace=False, diagnose=False, **options)
    write(logger.bind(request_id="req-1"))


def loguru_json():
    loguru(serialize=True)


def loguru_text():
    loguru()


def powertools():
    import os
    from types import SimpleNamespace

    os.environ["AWS_LAMBDA_FUNCTION_NAME"] = "orders"
    from aws_lambda_powertools import Logger

    logger = Logger(service="payment", location="%(funcName)s:%(lineno)d")
    context = SimpleNamespace(
        function_name="orders",
        memory_limit_in_mb=128,
        invoked_function_arn="arn:aws:lambda:ap-northeast-2:123456789012:function:orders",
        aws_request_id="52fdfc07-2182-454f-963f-5f0f9a621d72",
    )
    logger.inject_lambda_context(lambda event, context: write(logger, extra={"order_id": "o-1"}))({}, context)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
