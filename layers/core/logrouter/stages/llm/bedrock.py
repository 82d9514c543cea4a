"""Recognise Amazon Bedrock ModelInvocationLog records: Converse, ConverseStream, InvokeModel and its stream.

Format: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs" (checked 2026-11-20).
`inputTokenCount` does not hold cached tokens. Bodies above 100 KB lie in S3 and are absent here: the call is
told without its content.
"""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.bedrock_bodies import Body, read_input, read_output
from logrouter.stages.llm.fields import Fields, duration_ms
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.usage import Counts, exclusive, read_counts

EXAMPLES = (
    {"schemaType": "ModelInvocationLog", "operation": "Converse", "modelId": "amazon.nova-lite-v1:0", "requestId": "r"},
)
NO_EXAMPLES = ({"schemaType": "KnowledgeBaseLog", "requestId": "r"},)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one invocation. Its `timestamp` is taken as the start (which end it marks is not documented)."""
    if document.get("schemaType") != "ModelInvocationLog":
        return None
    found = Fields(document)
    asked, answered = found.mapping("input"), found.mapping("output")
    question, answer = read_input(asked.get("inputBodyJson")), read_output(answered.get("outputBodyJson"))
    caller = Fields(found.mapping("requestmetadata"))
    model = found.text("modelid")
    finding = Finding(
        "bedrock",
        complete=True,
        kind=_kind(model),
        name=found.text("operation"),
        model=model,
        provider="aws.bedrock",
        call_id=found.text("requestid"),
        request_id=caller.text("requestid", "correlationid") or found.text("requestid"),
        trace_id=caller.text("traceid"),
        parent_id=caller.text("parentspanid", "parentobservationid"),
        usage=exclusive(_counts(asked, answered, answer), cache_inside=False, trust_total=False),
        input=question.content,
        output=answer.content,
        parameters=question.parameters,
        at_ms=found.time_ms("timestamp"),
        at_is_start=True,
        latency_ms=_latency_ms(found, answer),
        first_token_after_ms=duration_ms(answer.first_byte_ms, "firstByteLatency"),
        error=_error(found),
        user_id=caller.text("userid", "user") or _session_name(found),
        session_id=caller.text("sessionid", "conversationid"),
        trace_name=caller.text("tracename", "name"),
        prompt_name=caller.text("promptname"),
    )
    finding.metadata = _metadata(found, asked, answered, answer)
    return finding


def _counts(asked: Mapping[str, Json], answered: Mapping[str, Json], answer: Body) -> Counts:
    record = read_counts(asked).over(read_counts(answered))
    body = read_counts(answer.usage)
    return Counts(
        input=body.input if record.input is None else record.input,
        output=body.output if record.output is None else record.output,
        cache_read=body.cache_read if record.cache_read is None else record.cache_read,
        cache_write=body.cache_write if record.cache_write is None else record.cache_write,
        cache_write_5m=body.cache_write_5m,
        cache_write_1h=body.cache_write_1h,
    )


def _latency_ms(found: Fields, answer: Body) -> float | None:
    latency = duration_ms(answer.latency_ms, "latencyMs")
    return latency if latency is not None else Fields(found.mapping("performanceconfig")).duration_ms("latencyms")


def _error(found: Fields) -> str | None:
    code, status = found.text("errorcode"), found.get("status")
    message = found.text("errormessage", "errordetails")
    if (
        code is None
        and not (isinstance(status, int) and status >= 400)
        and str(status).lower() not in {"failed", "error", "failure"}
    ):
        return None
    return ": ".join(part for part in (code or f"status {status}", message) if part)


def _session_name(found: Fields) -> str | None:
    arn = Fields(found.mapping("identity")).text("arn") or ""
    return arn.rsplit("/", 1)[1] if "/" in arn else None


def _kind(model: str | None) -> str:
    if model and "embed" in model:
        return "embedding"
    return "retriever" if model and "rerank" in model else "generation"


def _metadata(found: Fields, asked: Mapping[str, Json], answered: Mapping[str, Json], answer: Body) -> dict[str, Json]:
    known = {
        "operation": found.text("operation"),
        "bedrock_request_id": found.text("requestid"),
        "bedrock_region": found.text("region"),
        "inference_region": found.text("inferenceregion"),
        "finish_reason": answer.finish_reason,
        "input_body_s3": asked.get("inputBodyS3Path"),
        "output_body_s3": answered.get("outputBodyS3Path"),
        "request_metadata": found.mapping("requestmetadata") or None,
    }
    return {name: value for name, value in known.items() if value}
