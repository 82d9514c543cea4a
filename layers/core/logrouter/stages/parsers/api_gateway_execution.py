"""Execution logs of API Gateway: `(<request id>) <what happened>`, one line a step.

Lines as docs.aws.amazon.com and re:Post show them ("Set up CloudWatch logging for REST APIs", "How do I find 5xx errors
from API Gateway"), in groups `API-Gateway-Execution-Logs_<api id>/<stage>` (checked 2026-11-20). The line that says why
it failed is the failure; the answer with 5xx that follows is joined to it.
"""

import re

from logrouter.model import ErrorInfo, Level
from logrouter.stages.reading.fields import level_from_status, status_of
from logrouter.stages.reading.parser import Fields, TextParser

EXECUTION_FAILED = "ApiGateway.ExecutionFailed"
INTEGRATION_FAILED = "ApiGateway.IntegrationFailed"

_LINE = re.compile(
    r"\(([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[\w-]{8,40}={0,2})\) (.*)", re.ASCII | re.DOTALL
)
_FAILED = re.compile(r"Execution failed(?: due to (?:a |an )?([a-z ]{3,40}?)(?: error)?)?(?:: .*)?$", re.DOTALL)
_LAMBDA = re.compile(r"Lambda (?:execution|invocation) failed with status:? ?(\d{3})?(.*)", re.DOTALL)
_ANSWERED = re.compile(
    r"(?:Method completed with status: |Gateway response type: ([A-Z0-9_]{3,60}) with status code: )(\d{3})", re.ASCII
)
_ASKED = re.compile(r"HTTP Method: ([A-Z]{3,10}), Resource Path: (\S+)", re.ASCII)
_TRACED = re.compile(r"X-ray Tracing ID ?: (?:Root=|root=)?(1-[0-9a-f]{8}-[0-9a-f]{24})", re.ASCII)
_INNER_ID = re.compile(r"Lambda request id: ([0-9a-f-]{36})", re.ASCII)


def _read(text: str, at_ms: int) -> Fields | None:  # noqa: ARG001 - these lines state no time of their own
    found = _LINE.match(text)
    if not found:
        return None
    message = found[2].strip()
    fields: Fields = {"level": Level.INFO, "message": message, "request_id": found[1], "attributes": {}}
    if asked := _ASKED.match(message):
        fields["method"], fields["path"] = asked[1], asked[2]
    elif traced := _TRACED.match(message):
        fields["trace_id"] = traced[1]
    elif answered := _ANSWERED.match(message):
        fields["status"] = status_of(answered[2])
        fields["level"] = level_from_status(fields["status"])
        if answered[1]:
            fields["attributes"]["gateway_response"] = answered[1]
    else:
        _put_failure(fields, message)
    return fields


def _put_failure(fields: Fields, message: str) -> None:
    if failed := _LAMBDA.match(message):
        fields["error"] = ErrorInfo(INTEGRATION_FAILED, message)
        fields["attributes"] |= {"integration_status": failed[1]} if failed[1] else {}
        if inner := _INNER_ID.search(failed[2]):
            fields["attributes"]["lambda_request_id"] = inner[1]
    elif failed := _FAILED.match(message):
        fields["error"] = ErrorInfo(EXECUTION_FAILED, message)
        fields["attributes"] |= {"failure": failed[1]} if failed[1] else {}
    else:
        return
    fields["level"] = Level.ERROR


TEXT = TextParser(
    name="api-gateway-execution",
    starts="(",
    read=_read,
    examples=(
        (
            "(52fdfc07-2182-454f-963f-5f0f9a621d72) Execution failed due to configuration error: Malformed Lambda "
            "proxy response"
        ),
        (
            "(52fdfc07-2182-454f-963f-5f0f9a621d72) Lambda execution failed with status 200 due to customer function "
            "error: boom. Lambda request id: 9566c74d-1003-4c4d-9bbb-0407d1e2c649"
        ),
        "(52fdfc07-2182-454f-963f-5f0f9a621d72) Method completed with status: 502",
        "(JKJaXmPLvHcESHA=) HTTP Method: GET, Resource Path: /orders/17",
    ),
)
