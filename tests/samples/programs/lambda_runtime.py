"""Print what Lambda's Python runtime prints for a log line and for an uncaught exception: lambda_runtime.py <kind>.

Uses the runtime's own code (awslambdaric). `AWS_LAMBDA_LOG_FORMAT=JSON` selects the JSON log format.
"""

import logging
import sys

from awslambdaric import bootstrap


def charge(amount):
    return 1 / amount


def handler(event, context):
    try:
        charge(0)
    except ZeroDivisionError as error:
        raise ValueError("결제 실패\nsecond line") from error


class Client:
    """Stands in for the runtime API: takes the result of one invocation."""

    def __init__(self):
        self.marshaller = self

    def unmarshal_request(self, body, content_type):
        return {}

    def post_invocation_error(self, *args):
        pass


def logged():
    sink = bootstrap.StandardLogSink()
    bootstrap._GLOBAL_AWS_REQUEST_ID = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    bootstrap._setup_logging(bootstrap._AWS_LAMBDA_LOG_FORMAT, "INFO", sink)
    logger = logging.getLogger("shop")
    logger.info("order placed")
    try:
        handler({}, None)
    except ValueError:
        logger.exception("charge failed")


def uncaught():
    with bootstrap.StandardLogSink() as sink:
        bootstrap.handle_event_request(
            Client(), handler, "52fdfc07-2182-454f-963f-5f0f9a621d72", "{}", "application/json", None, None,
            "arn:aws:lambda:ap-northeast-2:123456789012:function:orders", 10_000_000_000_000, None, sink,
        )  # fmt: skip


if __name__ == "__main__":
    globals()[sys.argv[1]]()
