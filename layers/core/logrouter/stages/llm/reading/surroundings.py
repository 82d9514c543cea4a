"""Read what stands around a call in a log line: who, when, how long, what it cost, what was asked and answered.

Every shape that knows only the provider's part of a line fills the rest of its finding from here.
"""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields, money, opened, plain, text
from logrouter.stages.llm.reading.latency import latency_of
from logrouter.stages.llm.reading.models import kind_of_model

MODEL_NAMES = (
    "model", "modelid", "modelname", "llmmodel", "aimodel", "deploymentname", "engine", "requestmodel", "responsemodel",
)  # fmt: skip
INPUT_NAMES = (
    "prompt",
    "prompts",
    "messages",
    "inputmessages",
    "input",
    "inputs",
    "inputtext",
    "query",
    "question",
    "contents",
)
OUTPUT_NAMES = (
    "completion", "response", "responsetext", "output", "outputs", "outputtext", "answer", "generatedtext",
    "generation", "choices", "reply", "outputmessages",
)  # fmt: skip
TOOL_INPUT_NAMES = ("arguments", "args", "toolarguments", *INPUT_NAMES)
TOOL_OUTPUT_NAMES = ("result", "toolresult", *OUTPUT_NAMES)
PARAMETERS = {
    "temperature": "temperature",
    "topp": "top_p",
    "topk": "top_k",
    "maxtokens": "max_tokens",
    "maxoutputtokens": "max_output_tokens",
    "maxcompletiontokens": "max_completion_tokens",
    "maxtokenstosample": "max_tokens",
    "stop": "stop",
    "stopsequences": "stop_sequences",
    "seed": "seed",
    "frequencypenalty": "frequency_penalty",
    "presencepenalty": "presence_penalty",
    "reasoningeffort": "reasoning_effort",
    "responseformat": "response_format",
    "stream": "stream",
}
KINDS = {
    "embedding": "embedding",
    "embeddings": "embedding",
    "embed": "embedding",
    "retrieval": "retriever",
    "retriever": "retriever",
    "rerank": "retriever",
    "reranker": "retriever",
    "tool": "tool",
    "toolcall": "tool",
    "executetool": "tool",
    "toolresult": "tool",
    "toolexecution": "tool",
    "functioncall": "tool",
    "agent": "agent",
    "invokeagent": "agent",
    "createagent": "agent",
    "guardrail": "guardrail",
    "guardrails": "guardrail",
    "applyguardrail": "guardrail",
    "chain": "chain",
    "workflow": "chain",
    "invokeworkflow": "chain",
    "plan": "chain",
    "evaluator": "evaluator",
    "evaluation": "evaluator",
}
"""Words by which loggers name what is not a generation, in plain spelling, and the Langfuse observation type."""

_GOING_ON = (
    "start", "started", "begin", "begins", "began", "request", "requested", "newtoken", "stream", "streaming", "chunk",
    "delta", "progress", "inprogress", "retry", "pending", "queued",
)  # fmt: skip
_STEPS = ("seq:step:", "map:key:")
"""How the tags begin by which LangChain marks its own steps."""

_SAYS_THE_MODEL = ("response", "meta", "metadata", "responsemetadata", "request", "requestbody", "llmrequest")
_MORE_MODELS = frozenset({"model", *_SAYS_THE_MODEL})
_REQUEST = ("fullrequest", "request", "requestbody", "llmrequest", "body", "kwargs")
_USER = ("userid", "enduser", "enduserid", "user")
_SESSION = ("sessionid", "conversationid", "threadid", "chatid", "session")
_FAILED = frozenset(
    {"error", "failed", "failure", "fail", "exception", "timeout", "timedout", "cancelled", "canceled", "throttled"}
)
_DOLLAR = frozenset({"usd", "us$", "$", "dollar", "dollars"})


def surround(finding: Finding, document: Mapping[str, Json]) -> Finding:
    """Fill what `finding` does not say yet from the fields of `document`; returns the same finding."""
    found = Fields(document)
    _settle_kind(finding)
    if finding.service_tier is None and str(found.get("id")).startswith("batch_req_"):
        finding.service_tier = "batch"
    _who(finding, found)
    _when(finding, found)
    _what(finding, found)
    if not finding.cost:
        finding.cost = stated_cost(document)
    if finding.error is None:
        finding.error = failure(found)
    return finding


def surround_with_whom(finding: Finding, document: Mapping[str, Json]) -> Finding:
    """Fill only whose call it is and of which request, where `document` tells of several calls."""
    _who(finding, Fields(document))
    return finding


def stated_cost(document: Mapping[str, Json]) -> dict[str, float]:
    """Return the cost that a document states, in US dollars: `total`, and `input`, `output` where it splits them.

    An amount in another currency is not a cost for us (prices are computed instead).
    """
    found = Fields(document)
    currency = found.text("currency", "costcurrency")
    if currency is not None and currency.lower() not in _DOLLAR:
        return {}
    parts = found.mapping("cost", "costs", "costdetails", "costbreakdown", "pricing")
    inner = Fields(parts)
    currency = inner.text("currency")
    if currency is not None and currency.lower() not in _DOLLAR:
        return {}
    sides = {
        "input": inner.money("input", "inputcost", "prompt", "promptcost", "inputusd"),
        "output": inner.money("output", "outputcost", "completion", "completioncost", "outputusd"),
    }
    for side, names in (
        ("input", ("inputcost", "promptcost", "inputcostusd")),
        ("output", ("outputcost", "completioncost", "outputcostusd")),
    ):
        if sides[side] is None:
            sides[side] = found.money(*names)
    total = found.money(
        "totalcost",
        "totalcostusd",
        "costusd",
        "usdcost",
        "responsecost",
        "llmcost",
        "estimatedcost",
        "estimatedcostusd",
    )
    if total is None:
        total = inner.money("total", "totalcost", "totalusd", "usd", "amount", "value")
    if total is None and not parts:
        total = money(found.get("cost"), "cost") if not isinstance(found.get("cost"), (dict, list)) else None
    return settled_cost(total, sides["input"], sides["output"])


def settled_cost(total: float | None, cost_input: float | None, cost_output: float | None) -> dict[str, float]:
    """Return cost by side with a total; sides that do not add up to the total are left out."""
    sides = {name: amount for name, amount in (("input", cost_input), ("output", cost_output)) if amount is not None}
    if total is None:
        return {**sides, "total": round(sum(sides.values()), 12)} if sides else {}
    if len(sides) == 2 and abs(sum(sides.values()) - total) <= max(1e-9, total * 1e-6):
        return {**sides, "total": total}
    return {"total": total}


def failure(found: Fields) -> str | None:
    """Return the status message of a failed call, None when the document does not say that it failed."""
    error = opened(found.get("error", "exception", "err", "errormessage", "errorstr"))
    if isinstance(error, dict):
        inner = Fields(Fields(error).mapping("error") or error)  # Anthropic's API nests them
        kind, message = inner.text("type", "name", "code", "class"), inner.text("message", "msg", "detail", "reason")
        return ": ".join(part for part in (kind, message) if part) or "failed"
    if isinstance(error, str) and error.strip() and error.strip().lower() not in {"none", "null", "false", "-"}:
        return error.strip()[:4000]
    if error is True or found.get("success", "ok") is False:
        return found.text("errormessage", "errorstr", "reason", "statusmessage", "msg", "message") or "failed"
    status = found.get("status", "outcome", "result", "state")
    if isinstance(status, str) and "".join(filter(str.isalnum, status.lower())) in _FAILED:
        return found.text("statusmessage", "reason", "errorcode", "msg", "message") or status
    code = found.get("statuscode", "status", "httpstatus")
    if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600:
        return found.text("statusmessage", "reason", "msg", "message") or f"HTTP {code}"
    return None


def kind_named(*words: Json) -> str | None:
    """Return the observation type that one of some words names, None when none does."""
    for word in words:
        if isinstance(word, str):
            bare = "".join(filter(str.isalnum, word.lower()))
            kind = KINDS.get(bare) or KINDS.get(bare.removeprefix("llm")) or KINDS.get(bare.removesuffix("call"))
            if kind:
                return kind
    return None


def model_in(found: Fields) -> str | None:
    """Return the model that an object names: in a text, an object (`model: {modelId}`), or in what it says of both."""
    named = found.text(*MODEL_NAMES)
    if named is not None or not found.has_any(_MORE_MODELS):
        return named
    if (inner := found.get("model")) is not None and isinstance(inner, dict):
        named = Fields(inner).text("modelid", "id", "modelname", "name", "model")
    if named is None:
        places = (Fields(found.mapping(name)) for name in _SAYS_THE_MODEL if name in found)
        named = next(filter(None, (place.text(*MODEL_NAMES[:3]) for place in places)), None)
    return named


def is_open_event(word: str) -> bool:
    """Tell whether a word for an event names what only begins or goes on: `llm_start`, `on_llm_new_token`."""
    return plain(word).endswith(_GOING_ON)


def _settle_kind(finding: Finding) -> None:
    """Take what puts out no tokens for what its model's name says, where nothing else told the kind."""
    if finding.kind != "generation" or finding.model is None or finding.usage.get("output"):
        return
    finding.kind = kind_of_model(finding.model) or finding.kind
    if finding.kind != "generation" and "unsplit" in finding.usage:
        finding.usage = {"input": finding.usage["total"], "output": 0, "total": finding.usage["total"]}


def _who(finding: Finding, found: Fields) -> None:
    asked = Fields(found.mapping(*_REQUEST))
    for place in (found, Fields(found.mapping("metadata")), asked, Fields(asked.mapping("metadata"))):
        finding.user_id = finding.user_id or place.text(*_USER)
        finding.session_id = finding.session_id or place.text(*_SESSION)
    finding.request_id = finding.request_id or found.text("requestid", "correlationid", "reqid", "xrequestid")
    finding.trace_id = finding.trace_id or found.text("traceid") or _trace_in(found.text("traceparent"))
    finding.parent_id = finding.parent_id or found.text(
        "parentobservationid", "parentspanid", "parentcallid", "parentid"
    )
    finding.trace_name = finding.trace_name or found.text("tracename")
    finding.prompt_name = finding.prompt_name or found.text("promptname")
    if finding.prompt_version is None and (version := found.text("promptversion")) is not None and version.isdecimal():
        finding.prompt_version = int(version[:9])
    tags = opened(found.get("tags", "requesttags"))
    if isinstance(tags, str):
        tags = [tag.strip() for tag in tags.split(",")]
    if not finding.tags and isinstance(tags, list):
        given = (tag for tag in tags if isinstance(tag, str) and tag and not tag.startswith(_STEPS))
        finding.tags = tuple(tag[:200] for tag in given)[:50]


def _trace_in(traceparent: str | None) -> str | None:
    """Return the trace id of a W3C `traceparent` (`00-<trace>-<span>-01`); its span is the one around the call."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) >= 4 else None


def _when(finding: Finding, found: Fields) -> None:
    if finding.start_ms is None:
        finding.start_ms = found.time_ms(
            "starttime", "startedat", "starttimems", "start", "requesttime", "starttimestamp"
        )
    if finding.end_ms is None:
        finding.end_ms = found.time_ms(
            "endtime", "endedat", "endtimems", "completedat", "finishedat", "end", "endtimestamp"
        )
    if finding.latency_ms is None:
        finding.latency_ms = latency_of(found)
    if finding.first_token_ms is None:
        finding.first_token_ms = found.time_ms("completionstarttime", "firsttokenat", "firsttokentime")
    if finding.first_token_after_ms is None:
        finding.first_token_after_ms = found.duration_ms(
            "timetofirsttokenms", "ttftms", "firsttokenms", "firsttokenlatencyms", "ttft", "timetofirsttoken"
        )


def _what(finding: Finding, found: Fields) -> None:
    asked = found.mapping(*_REQUEST)
    is_tool = finding.kind == "tool"
    questions, answers = (TOOL_INPUT_NAMES, TOOL_OUTPUT_NAMES) if is_tool else (INPUT_NAMES, OUTPUT_NAMES)
    if finding.input is None:
        finding.input = opened(found.get(*questions)) or opened(Fields(asked).get(*questions))
    if finding.output is None and not is_tool and _is_answer(finding.input):
        finding.input, finding.output = opened(Fields(asked).get(*questions)), finding.input
    if finding.output is None and finding.kind != "embedding":  # vectors are no answer to read
        finding.output = opened(found.get(*answers)) or None
    given = found.mapping(
        "modelparameters",
        "parameters",
        "params",
        "modelparams",
        "inferenceconfig",
        "generationconfig",
        "invocationparams",
    )
    known = {**parameters_of(Fields(asked)), **parameters_of(found)}
    finding.parameters = {**known, **given, **finding.parameters}
    reason = found.get("finishreason", "stopreason")
    if text(reason) and "finish_reason" not in finding.metadata:
        finding.metadata["finish_reason"] = text(reason)


def _is_answer(messages: Json) -> bool:
    """Tell whether messages are all the model's: .NET's `ChatResponse` calls its answer so."""
    roles = (
        [item.get("role", item.get("Role")) for item in messages if isinstance(item, dict)]
        if isinstance(messages, list)
        else []
    )
    return bool(roles) and all(role in ("assistant", "model") for role in roles)


def parameters_of(found: Fields) -> dict[str, Json]:
    """Return the settings of a call that stand among its fields, by the names that providers share."""
    return {name: found.get(key) for key, name in PARAMETERS.items() if found.get(key) is not None}
