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
    logger.add(sys.stdout, **{"colorize": False, "backtrace": False, "diagnose": False, **options})
    write(logger.bind(request_id="req-1"))


def loguru_json():
    loguru(serialize=True)


def loguru_text():
    loguru()


def loguru_diagnose():
    """Loguru as it comes: with the values of variables below the source."""
    loguru(backtrace=True, diagnose=True)


def loguru_coloured():
    loguru(colorize=True, diagnose=True, backtrace=True)


def loguru_extra():
    loguru(
        format="{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level} [{extra[request_id]}] {name}:{function}:{line} {message} | {extra}"
    )


def attached(formatter, **fields):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logger = logging.getLogger("shop.payment")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    write(logger, extra=fields or {"request_id": "req-1", "user_id": 42})


def default():
    """No configuration at all: the handler of last resort prints warnings and errors without a level."""
    write(logging.getLogger("shop.payment"))


def ecs():
    import ecs_logging

    attached(ecs_logging.StdlibFormatter())


def ecs_structlog():
    import ecs_logging
    import structlog

    structlog.configure(
        processors=[ecs_logging.StructlogFormatter()], logger_factory=structlog.PrintLoggerFactory(sys.stdout)
    )
    write(structlog.get_logger(), request_id="req-1")


def logfmter():
    from logfmter import Logfmter

    attached(Logfmter(keys=["at", "logger", "when"], mapping={"at": "levelname", "logger": "name", "when": "asctime"}))


def json_log_formatter():
    import json_log_formatter

    attached(json_log_formatter.VerboseJSONFormatter())


def google():
    from google.cloud.logging_v2.handlers import StructuredLogHandler

    logger = logging.getLogger("shop.payment")
    logger.addHandler(StructuredLogHandler(stream=sys.stdout, project_id="shop"))
    logger.setLevel("INFO")
    write(logger, extra={"labels": {"request_id": "req-1"}})


def opentelemetry():
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    provider = LoggerProvider(Resource.create({"service.name": "shop", "service.version": "1.4.2"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter(sys.stdout)))
    logger = logging.getLogger("shop.payment")
    logger.addHandler(LoggingHandler(logger_provider=provider))
    logger.setLevel("INFO")
    write(logger, extra={"request_id": "req-1"})


def rich():
    from rich.console import Console
    from rich.logging import RichHandler

    logging.basicConfig(
        level="INFO",
        format="%(message)s",
        datefmt="[%X]",
        handlers=[RichHandler(console=Console(file=sys.stdout, width=120))],
    )
    write(logging.getLogger("shop.payment"))


def rich_tracebacks():
    from rich.console import Console
    from rich.logging import RichHandler

    handler = RichHandler(console=Console(file=sys.stdout, width=120), rich_tracebacks=True)
    logging.basicConfig(level="INFO", format="%(message)s", datefmt="[%X]", handlers=[handler])
    write(logging.getLogger("shop.payment"))


def colorlog():
    from colorlog import ColoredFormatter

    attached(
        ColoredFormatter("%(log_color)s%(levelname)-8s%(reset)s %(asctime)s %(name)s %(message)s", force_color=True)
    )


def coloredlogs():
    import coloredlogs

    logger = logging.getLogger("shop.payment")
    coloredlogs.install(level="INFO", logger=logger, stream=sys.stdout, isatty=True)
    write(logger)


def structlog_stdlib():
    """Structlog over logging, both rendered by structlog's formatter (its documentation's recipe)."""
    import structlog

    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level="INFO", handlers=[handler])
    write(structlog.get_logger("shop.orders"), request_id="req-1")
    write(logging.getLogger("shop.library"))


def structlog_console_error():
    """Structlog as it comes, with an exception."""
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stdout))
    write(structlog.get_logger(), request_id="req-1")


def asyncio_debug():
    import asyncio

    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    async def main():
        asyncio.ensure_future(asyncio.to_thread(order))
        await asyncio.sleep(0.05)

    asyncio.run(main())


def failed_call():
    """A call of the logger that fails itself: logging prints what happened and where."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    logging.getLogger("shop.payment").error("charge of %d failed", "열")
    sys.stderr.flush()


def captured_warning():
    import warnings

    logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    warnings.warn("use charge_all", DeprecationWarning, stacklevel=1)


def warning():
    import warnings

    warnings.simplefilter("always")
    warnings.warn("use charge_all", DeprecationWarning, stacklevel=1)


def query():
    """What an ORM says of a failed statement."""
    from sqlalchemy import create_engine, text

    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text("select * from orders where id = :id"), {"id": 17})
    except Exception:
        logging.getLogger("shop.payment").exception("query failed")


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
