"""Recognise what LangChain tells: runs as LangSmith stores them, callbacks, results, and messages with their usage.

A call is known by the provider's id, so that it is one with what the SDK or a gateway tells of it; without one, and for
all that calls are made in, by `run_id`. `parent_run_id` is the parent's, so that the lines of one chain form one tree.
What only begins or goes on (`..._start`, new tokens) is no call: its end is told by another line.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import finish
from logrouter.stages.llm.reading.fields import Fields, opened, plain, text
from logrouter.stages.llm.reading.surroundings import failure, is_open_event, parameters_of
from logrouter.stages.llm.reading.usage import exclusive, read_counts
from logrouter.stages.llm.shapes.langchain_results import Result, result_in

EXAMPLES = (
    {
        "event": "llm_end",
        "run_id": "01a1f96e-bc61-70fe-8049-b6d1178f424e",
        "response": {
            "generations": [[{"text": "Hi."}]],
            "llm_output": {"token_usage": {"prompt_tokens": 9, "completion_tokens": 1}, "model_name": "gpt-4o"},
        },
    },
    {"event": "on_tool_end", "run_id": "01a1f96e", "name": "search", "output": "found"},
    {
        "id": "01a1f970-fd24",
        "run_type": "llm",
        "start_time": "2026-11-20T14:51:34.052524Z",
        "end_time": "2026-11-20T14:51:34.084375Z",
        "trace_id": "01a1f970-fd21",
        "extra": {"metadata": {"ls_model_name": "gpt-4o"}},
        "inputs": {"prompts": ["Human: Hi"]},
        "outputs": {"generations": [[{"text": "Hi."}]]},
    },
    {
        "type": "ai",
        "content": "Hi.",
        "response_metadata": {"model_name": "gpt-4o"},
        "usage_metadata": {"input_tokens": 9, "output_tokens": 1, "total_tokens": 10},
    },
)
NO_EXAMPLES = (
    {"event": "llm_start", "run_id": "01a1f96e", "prompts": ["Hi"], "invocation_params": {"model": "gpt-4o"}},
    {"event": "on_chat_model_stream", "run_id": "01a1f96e", "data": {"chunk": {"content": "H"}}},
    {
        "id": "1",
        "run_type": "llm",
        "start_time": "2026-11-20T14:51:34Z",
        "inputs": {"prompts": ["Hi"]},
        "end_time": None,
    },
    {"event": "tool_end", "tool": "drill", "plant": 3},
)

_MOST_RUNS: Final = 2_000
_RUN_KINDS: Final = {
    "llm": "generation",
    "chat_model": "generation",
    "embedding": "embedding",
    "retriever": "retriever",
    "tool": "tool",
    "chain": "chain",
}
"""LangSmith's `run_type` and ours; `prompt` and `parser` runs only put texts together."""

_SUBJECTS: Final = {
    "llm": "generation",
    "chatmodel": "generation",
    "embedding": "embedding",
    "embeddings": "embedding",
    "retriever": "retriever",
    "tool": "tool",
    "chain": "chain",
    "agent": "agent",
}
_RESULTS: Final = (
    "response", "result", "output", "outputs", "llmoutput", "generations", "usagemetadata", "responsemetadata",
    "message",
)  # fmt: skip
_ENDS: Final = {"end": False, "finish": False, "error": True}
_CONVERSATION: Final = ("sessionid", "threadid", "conversationid")


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | Sequence[Finding] | None:
    """Read a run and the runs inside it, the end of a callback, a result, or a message; nothing of what goes on."""
    found = Fields(document)
    if _is_open(Fields(outer)):
        return None
    if "runtype" in found:
        return _runs(document)
    ended = _ended(found)
    if ended is not None:
        return _callback(found, *ended)
    result = result_in(document)
    return None if result is None else _finding(found, result, "generation")


def _is_open(found: Fields) -> bool:
    return is_open_event(found.text("event", "eventname", "callback") or "")


def _ended(found: Fields) -> tuple[str, bool] | None:
    """Return the kind of what a callback says has ended, and whether in an error; None for any other line.

    LangChain's own names begin with `on_` (`handle` in JavaScript); the bare ones count where a run id stands beside.
    """
    named = plain(found.text("event", "eventname", "callback", "hook") or "")
    bare = named.removeprefix("on").removeprefix("handle")
    for end, has_failed in _ENDS.items():
        kind = _SUBJECTS.get(bare.removesuffix(end)) if bare.endswith(end) else None
        if kind and ("runid" in found or (bare != named and kind != "agent")):
            return kind, has_failed
    return None


def _callback(found: Fields, kind: str, has_failed: bool) -> Finding:  # noqa: FBT001 - as `_ended` says it
    data = Fields(found.mapping("data"))  # of `astream_events`
    result = None
    if kind in {"generation", "embedding"}:
        result = result_in(_whole(found)) or result_in(data.mapping("output"))
    finding = _finding(found, result or Result(), kind)
    own = ("name",) if data.get("output") is not None or "input" in data else ()  # elsewhere it is the logger's
    finding.name = found.text("runname", *own, *(("tool", "toolname", "chain") if kind != "generation" else ()))
    finding.input = finding.input or opened(data.get("input"))
    if kind not in {"generation", "embedding"}:
        finding.output = opened(found.get("output", "outputs", "documents")) or opened(data.get("output"))
    if has_failed:
        finding.error = failure(found) or found.text("message") or "failed"
    return finding


def _whole(found: Fields) -> dict[str, Json]:
    """Return the places of a line where a result may stand, by their plain names."""
    return {name: found.get(name) for name in _RESULTS if found.get(name) is not None}


def _finding(found: Fields, result: Result, kind: str) -> Finding:
    about = Fields(found.mapping("metadata"))
    given = found.mapping("invocationparams")
    run_id, ancestors = found.text("runid") or result.run_id, found.get("parentids")
    direct = ancestors[-1] if isinstance(ancestors, list) and ancestors else None
    return Finding(
        "langchain",
        kind=kind,
        model=result.model or about.text("lsmodelname") or _model(found) or _model(Fields(given)),
        provider=result.provider or about.text("lsprovider") or found.text("provider"),
        call_id=result.answer_id or run_id,
        trace_id=_trace(found, ancestors) or found.text("runid"),
        parent_id=found.text("parentrunid") or text(direct),
        usage=result.usage,
        usage_total_reported=result.odd_total,
        output=result.output,
        parameters=parameters_of(Fields(given)),
        user_id=about.text("userid"),
        session_id=about.text(*_CONVERSATION),
        service_tier=result.service_tier,
        metadata=finish(result.finish_reason),
    )


def _model(found: Fields) -> str | None:
    return found.text("modelname", "model")


def _trace(found: Fields, ancestors: Json) -> str | None:
    """Return the id of the root, as far up as the line names one."""
    root = ancestors[0] if isinstance(ancestors, list) and ancestors else None
    return found.text("traceid") or text(root) or found.text("parentrunid")


def _runs(document: Mapping[str, Json]) -> list[Finding]:
    """Read a run with those inside it; one without an end is told again when it has ended."""
    findings: list[Finding] = []
    left: list[Json] = [document]
    while left and len(findings) < _MOST_RUNS:
        run = left.pop()
        if not isinstance(run, dict):
            continue
        children = run.get("child_runs")
        left += children if isinstance(children, list) else []
        finding = _run(Fields(run), run)
        if finding is not None:
            findings.append(finding)
    return findings


def _run(found: Fields, run: Mapping[str, Json]) -> Finding | None:
    kind = _RUN_KINDS.get(str(run.get("run_type")))
    if kind is None or "endtime" not in found or "id" not in found:
        return None
    extra = Fields(found.mapping("extra"))
    about, given = Fields(extra.mapping("metadata")), Fields(extra.mapping("invocationparams"))
    outputs = found.mapping("outputs")
    is_call = kind in {"generation", "embedding"}
    result = (result_in(outputs) if is_call else None) or Result()
    if is_call and not result.usage:  # runs that LangSmith gives back carry the sums
        sums = {name: run[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens") if name in run}
        result.usage = exclusive(read_counts(sums))
    name = found.text("name")
    return Finding(
        "langchain",
        complete=True,
        kind="agent" if kind == "chain" and "agent" in (name or "").lower() else kind,
        name=name,
        model=(result.model or about.text("lsmodelname") or _model(given)) if is_call else None,
        provider=(result.provider or about.text("lsprovider")) if is_call else None,
        call_id=result.answer_id or found.text("id"),
        trace_id=found.text("traceid") or _root(found) or found.text("parentrunid", "id"),
        parent_id=found.text("parentrunid"),
        usage=result.usage,
        usage_total_reported=result.odd_total,
        cost=_stated(found) if is_call else {},
        input=_single(opened(found.get("inputs")), ("input", "messages", "prompts", "query")),
        output=result.output if is_call else _single(outputs, ("output", "documents")),
        parameters=parameters_of(given),
        start_ms=found.time_ms("starttime"),
        end_ms=found.time_ms("endtime"),
        first_token_ms=found.time_ms("firsttokentime") or _first_token(run.get("events")),
        error=_error(found),
        user_id=about.text("userid"),
        session_id=about.text(*_CONVERSATION),
        tags=_tags(found.get("tags")),
        service_tier=result.service_tier,
        metadata=finish(result.finish_reason),
    )


def _root(found: Fields) -> str | None:
    """Return the id of the first run of `<time>Z<id>.<time>Z<id>`, None where that is the run itself."""
    first = (found.text("dottedorder") or "").partition(".")[0].rpartition("Z")[2]
    return first if first and first != found.text("id") else None


def _stated(found: Fields) -> dict[str, float]:
    total = found.money("totalcost")
    return {} if not total else {"total": total}


def _single(texts: Json, names: tuple[str, ...]) -> Json:
    """Return what is under the one name that an object has, if it is one of these; the object else."""
    if isinstance(texts, dict) and len(texts) == 1 and next(iter(texts)) in names:
        return next(iter(texts.values()))
    return texts or None


def _first_token(events: Json) -> float | None:
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("name") == "new_token":
            return Fields(event).time_ms("time")
    return None


def _error(found: Fields) -> str | None:
    """Return the error of a run without the stack trace that follows it."""
    said = found.get("error")
    if not isinstance(said, str) or not said.strip():
        return None
    return said.split("Traceback (most recent call last)", 1)[0].strip() or "failed"


def _tags(tags: Json) -> tuple[str, ...]:
    """Return the tags that somebody gave; those by which LangChain marks its steps say nothing."""
    given = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return tuple(tag[:200] for tag in given if not tag.startswith(("seq:step:", "map:key:")))[:50]
