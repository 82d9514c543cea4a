"""Recognise Amazon Bedrock: its ModelInvocationLog records of any operation, and answers that applications log.

Format: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs and Amazon S3", and its "Per-request
metadata tagging" (checked 2026-11-20). `inputTokenCount` does not hold cached tokens. Bodies above 100 KB lie in S3;
`logrouter.stages.llm.offloaded` puts them in place before a record comes here, or says why they are absent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.offloaded import ABSENT, SCHEMA
from logrouter.stages.llm.reading.fields import Fields, duration_ms, opened
from logrouter.stages.llm.reading.units import read_units
from logrouter.stages.llm.reading.usage import exclusive, read_counts
from logrouter.stages.llm.shapes import bedrock_answers
from logrouter.stages.llm.shapes.bedrock_bodies.answers import read_output
from logrouter.stages.llm.shapes.bedrock_bodies.body import Body, nested
from logrouter.stages.llm.shapes.bedrock_bodies.requests import read_input

RERANKED_AT_ONCE: Final = 100
"""Documents of one reranking that Bedrock charges as one query (Amazon Bedrock pricing, checked 2026-11-20)."""

EXAMPLES = (
    {"schemaType": "ModelInvocationLog", "operation": "Converse", "modelId": "amazon.nova-lite-v1:0", "requestId": "r"},
    *bedrock_answers.EXAMPLES,
)
NO_EXAMPLES = ({"schemaType": "KnowledgeBaseLog", "requestId": "r"}, *bedrock_answers.NO_EXAMPLES)

_OPAQUE: Final = re.compile(
    r"arn:[^:]+:bedrock:[^:]*:\d*:(?:application-inference-profile|provisioned-model|default-prompt-router|prompt-router|"
    r"prompt|imported-model|custom-model-deployment)/"
)
"""Names of models that do not say which model it is."""

_PLAIN_ARN: Final = re.compile(r"arn:[^:]+:bedrock:[^:]*:\d*:(?:inference-profile|foundation-model)/(\S+)")
_CLAUDE: Final = re.compile(r"claude-[\w.-]+")
_MACHINE: Final = re.compile(r"i-[0-9a-f]{8,17}|[0-9a-f]{32}|\d{9,}|(?:botocore|aws-sdk|aws-go-sdk|AWSCLI)\S*")
"""Session names that instances, tasks and SDKs give: no user."""

_FAILED: Final = frozenset({"failed", "error", "failure"})


@dataclass(frozen=True, slots=True)
class _Log:
    """A record in its parts: its fields, those of its two sides, and what their bodies say."""

    found: Fields
    caller: Fields
    asked: Mapping[str, Json]
    answered: Mapping[str, Json]
    question: Body
    answer: Body


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one invocation. Its `timestamp` is the time the invocation was made: its start."""
    if document.get("schemaType") != SCHEMA:
        return bedrock_answers.read_answer(document, outer)
    found = Fields(document)
    asked, answered = found.mapping("input"), found.mapping("output")
    question, answer = read_input(asked.get("inputBodyJson")), read_output(answered.get("outputBodyJson"))
    log = _Log(found, Fields(found.mapping("requestmetadata")), asked, answered, question, answer)
    error = _error(log)
    finding = Finding(
        "bedrock",
        complete=True,
        name=found.text("operation"),
        model=_model(log),
        provider="aws.bedrock",
        call_id=found.text("requestid"),
        usage=_usage(log),
        input=question.content,
        output=_pictured(log) if error is None or not isinstance(answer.content, str) else None,
        parameters=question.parameters,
        at_ms=found.time_ms("timestamp"),
        at_is_start=True,
        latency_ms=_latency_ms(log),
        first_token_after_ms=duration_ms(answer.first_byte_ms, "firstByteLatency"),
        error=error,
        service_tier=answer.tier or found.text("servicetier") or _speed(log),
        region=found.text("region"),  # prices go by where it was called, not by where an inference profile sent it
    )
    finding.kind = _kind(finding.model, finding.name)
    finding.units = _units(log, finding.kind) if error is None else {}
    _add_caller(finding, log)
    finding.metadata = _metadata(log)
    return finding


def _model(log: _Log) -> str | None:
    """Return the model; where its name is one of the account's own, the one that is told to have answered."""
    named = log.found.text("modelid")
    if named is None or not _OPAQUE.match(named):
        plain = _PLAIN_ARN.fullmatch(named or "")
        return plain[1] if plain else named
    invoked = nested(opened(log.answered.get("outputBodyJson")), "trace", "promptRouter", "invokedModelId")
    if isinstance(invoked, str) and invoked:
        return invoked
    answered = log.answer.model
    return f"anthropic.{answered}" if answered and _CLAUDE.fullmatch(answered) else answered or named


def _usage(log: _Log) -> dict[str, int]:
    """Take the record's own counts, and from the body what it does not state: how long the cache lives, reasoning.

    `input` holds no cached tokens, but in bodies by OpenAI's custom, where the record counts none apart.
    """
    asked, body = read_counts(log.asked), read_counts(log.answer.usage)
    counts = asked.over(read_counts(log.answered)).over(body)
    counts.total = None
    if body.cache_write_5m is not None or body.cache_write_1h is not None:
        counts.cache_write_5m, counts.cache_write_1h = body.cache_write_5m, body.cache_write_1h
    is_openai = "prompt_tokens" in log.answer.usage and asked.cache_read is None
    return exclusive(counts, cache_inside=is_openai and asked.input in {None, body.input}, trust_total=False)


def _units(log: _Log, kind: str) -> dict[str, float]:
    """Return what is charged beside tokens: pictures, seconds of video, rerankings of a hundred documents at most."""
    units = read_units(log.answer.usage)
    body = opened(log.answered.get("outputBodyJson"))
    pictures = body.get("images") or body.get("artifacts") if isinstance(body, dict) else None
    if isinstance(pictures, list) and pictures:
        units["images"] = len(pictures)
    seconds = Fields(log.answered).duration_ms("outputvideodurationseconds", unit="s")
    if seconds:
        units["video_seconds"] = seconds / 1000
    documents = log.question.content.get("documents") if isinstance(log.question.content, dict) else None
    if kind == "retriever" and isinstance(documents, list):
        units.setdefault("rerank_searches", -(-len(documents) // RERANKED_AT_ONCE))
    return units


def _speed(log: _Log) -> str | None:
    """Return `optimized` for a call of latency-optimised inference, which has prices of its own."""
    bodies = (opened(part) for part in (log.answered.get("outputBodyJson"), log.asked.get("inputBodyJson")))
    said = [nested(body, "performanceConfig", "latency") for body in bodies]
    return "optimized" if "optimized" in said else None


def _latency_ms(log: _Log) -> float | None:
    latency = duration_ms(log.answer.latency_ms, "latencyMs")
    return latency if latency is not None else Fields(log.found.mapping("performanceconfig")).duration_ms("latencyms")


def _error(log: _Log) -> str | None:
    """Return the status message of a failed call: its code, and what record or body say about it."""
    code, status = log.found.text("errorcode"), log.found.get("status")
    has_failed = (isinstance(status, int) and status >= 400) or str(status).lower() in _FAILED
    if code is None and not has_failed:
        return log.answer.error
    said = log.answer.error or (log.answer.content if isinstance(log.answer.content, str) else None)
    message = log.found.text("errormessage", "errordetails") or said
    return ": ".join(part for part in (code or f"status {status}", message) if part)


def _add_caller(finding: Finding, log: _Log) -> None:
    """Add who called, and for which request: what the caller wrote into `requestMetadata`, else its identity."""
    caller = log.caller
    finding.request_id = caller.text("requestid", "correlationid", "xrequestid") or finding.call_id
    finding.trace_id = caller.text("traceid") or _traceparent(caller, 1)
    finding.parent_id = caller.text("parentspanid", "parentobservationid", "spanid") or _traceparent(caller, 2)
    finding.user_id = caller.text("userid", "user", "enduser", "enduserid") or _session_name(log)
    finding.session_id = caller.text("sessionid", "conversationid", "threadid", "chatid", "session")
    finding.trace_name = caller.text("tracename", "name", "feature")
    finding.prompt_name = caller.text("promptname")
    version = caller.text("promptversion")
    finding.prompt_version = int(version[:9]) if version is not None and version.isdecimal() else None
    finding.tags = _tags(caller)
    finding.service = caller.text("service", "serviceid", "servicename", "application", "app")
    finding.environment = caller.text("environment", "env", "stage")
    finding.release, finding.version = caller.text("release"), caller.text("version", "appversion")


def _traceparent(caller: Fields, place: int) -> str | None:
    """Return a part of a W3C `traceparent`: 1 is the trace, 2 the span around the call."""
    parts = (caller.text("traceparent") or "").split("-")
    return parts[place] if len(parts) == 4 else None


def _tags(caller: Fields) -> tuple[str, ...]:
    tags = opened(caller.get("tags", "tag"))
    tags = tags.split(",") if isinstance(tags, str) else tags
    if not isinstance(tags, list):
        return ()
    return tuple(tag.strip()[:200] for tag in tags if isinstance(tag, str) and tag.strip())[:50]


def _session_name(log: _Log) -> str | None:
    arn = Fields(log.found.mapping("identity")).text("arn") or ""
    name = arn.rsplit("/", 1)[1] if "/" in arn else None
    return None if name is None or _MACHINE.fullmatch(name) else name


def _kind(model: str | None, operation: str | None) -> str:
    if operation and "guardrail" in operation.lower():
        return "guardrail"
    return "retriever" if operation == "Rerank" else bedrock_answers.kind_of_model(model)


def _pictured(log: _Log) -> Json:
    """Return what was answered; where that is a video, which lies in S3, a note about it."""
    if log.answer.content is not None:
        return log.answer.content
    answered = Fields(log.answered)
    path = answered.text("outputvideos3path")
    if path is None:
        return None
    seconds, width, height = (answered.get(f"outputvideo{name}") for name in ("durationseconds", "width", "height"))
    return f"[video, {seconds} s, {width}x{height}, {path}]"


def _metadata(log: _Log) -> dict[str, Json]:
    found = log.found
    model = found.text("modelid")
    known = {
        "operation": found.text("operation"),
        "bedrock_request_id": found.text("requestid"),
        "bedrock_region": found.text("region"),
        "bedrock_model_id": model if model != _model(log) else None,
        "inference_region": found.text("inferenceregion"),
        "finish_reason": log.answer.finish_reason,
        "guardrail": log.answer.guardrail,
        "caller": Fields(found.mapping("identity")).text("arn"),
        "latency_mode": Fields(found.mapping("performanceconfig")).text("latency"),
        "content_absent": _absent(log),
        "input_body_s3": log.asked.get("inputBodyS3Path"),
        "output_body_s3": log.answered.get("outputBodyS3Path"),
        "request_metadata": found.mapping("requestmetadata") or None,
    }
    return {name: value for name, value in known.items() if value}


def _absent(log: _Log) -> dict[str, Json]:
    """Say why a body is missing, by side."""
    sides = {"input": log.asked.get(ABSENT), "output": log.answered.get(ABSENT)}
    return {side: why for side, why in sides.items() if why}
