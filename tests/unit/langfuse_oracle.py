"""OpenTelemetry's parser, the SDK's constants and Langfuse's rules as one function: what is wrong with an export?"""

import copy
import json
from base64 import b64decode, b64encode
from collections import Counter
from functools import cache

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from logrouter.destinations.langfuse import BATCH_BYTES, BATCH_SPANS
from logrouter.destinations.langfuse_span import SPAN_LIMIT_BYTES
from logrouter_local.otlp_rules import attributes_of, complaints_of, faults_of, spans_of

IDS = ("traceId", "spanId", "parentSpanId")
"""OTLP/JSON writes them in hex, protobuf's own JSON in base64 (opentelemetry.io, OTLP specification, JSON encoding)."""

UNDER = ("langfuse.observation.metadata.", "langfuse.trace.metadata.")


def faults_of_export(export: bytes) -> list[str]:
    """Return what is wrong with the bytes of an export, without a word of what was said in it."""
    try:
        document = json.loads(export.decode("utf-8"), parse_constant=_no_json)
    except ValueError:
        return ["no strict JSON in UTF-8"]
    spans = spans_of(document)
    if not spans:
        return ["no export of spans"]
    faults = [fault for span in spans for fault in faults_of(span) or [*complaints_of(span), *_own_faults(span)]]
    if not faults:
        faults = _parse_faults(document)
    ids = Counter((span["traceId"], span["spanId"]) for span in spans if "traceId" in span and "spanId" in span)
    faults += ["the same observation twice"] * sum(count > 1 for count in ids.values())
    too_large = len(export) > BATCH_BYTES or len(spans) > BATCH_SPANS
    return [*faults, "more than one request takes"] if too_large else faults


def read_by_opentelemetry(document):
    """Return the message that OpenTelemetry's own parser reads; unknown fields and wrong types are refused."""
    return json_format.ParseDict(_recoded(document, _to_base64), ExportTraceServiceRequest())


@cache
def known_attributes():
    """Return the attribute names of the langfuse SDK."""
    from langfuse._client.attributes import LangfuseOtelSpanAttributes as Names

    return frozenset(value for name, value in vars(Names).items() if name.isupper())


def _parse_faults(document):
    try:
        message = read_by_opentelemetry(document)
    except json_format.ParseError as error:
        return [f"OpenTelemetry's parser refuses it: {str(error)[:120]}"]
    back = json_format.MessageToDict(message, use_integers_for_enums=True)
    return [] if _recoded(back, _to_hex) == document else ["not what OpenTelemetry's parser read"]


def _own_faults(span):
    names = [item["key"] for item in span["attributes"]]
    unknown = [name for name in names if name not in known_attributes() and not name.startswith(UNDER)]
    faults = [f"no attribute of the SDK: {name}" for name in unknown]
    if len(names) != len(set(names)):
        faults.append("the same attribute twice")
    if _says_nothing(span):
        faults.append("an attribute that says nothing")
    if len(json.dumps(span, ensure_ascii=False).encode()) > SPAN_LIMIT_BYTES * 1.1:
        faults.append("larger than a call may be")
    return faults


def _says_nothing(span):
    """Prompt, answer and metadata may be empty texts: the record said so."""
    return any(
        value in ("", [])
        for name, value in attributes_of(span).items()
        if not name.startswith((*UNDER, "langfuse.observation.input", "langfuse.observation.output"))
    )


def _recoded(document, recode):
    document = copy.deepcopy(document)
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                span.update({name: recode(span[name]) for name in IDS if name in span})
    return document


def _to_base64(identifier):
    return b64encode(bytes.fromhex(identifier)).decode()


def _to_hex(identifier):
    return b64decode(identifier).hex()


def _no_json(word):
    raise ValueError(word)
