"""The two ways in which most Python services write JSON lines: python-json-logger and structlog."""

import logging
import sys

import structlog
from pythonjsonlogger.json import JsonFormatter


def json_logger():
    """`logging` with python-json-logger, as its documentation sets it up."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("chat")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    return logger


def struct_logger():
    """structlog with its JSON renderer, as its documentation sets it up for production."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )
    return structlog.get_logger()
