"""Recognise answers of servers of one's own: Hugging Face's text-generation-inference, and SGLang's native one."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import Counts, exclusive, read_counts

EXAMPLES = (
    {"text": " Paris", "meta_info": {"prompt_tokens": 8, "completion_tokens": 2, "cached_tokens": 7}},
    {"generated_text": "Hello.", "details": {"finish_reason": "eos_token", "generated_tokens": 3, "prefill": []}},
)
NO_EXAMPLES = ({"generated_text": "Hello."}, {"details": {"generated_tokens": 3}})


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer; the prompt's tokens are known only where the caller asked for them (`decoder_input_details`)."""
    text, details = document.get("generated_text"), document.get("details")
    if isinstance(document.get("meta_info"), dict) and isinstance(document.get("text"), str):
        return _sglang(document, Fields(outer))
    if not isinstance(text, str) or not isinstance(details, dict) or "generated_tokens" not in details:
        return None
    around, prefill = Fields(outer), details.get("prefill")
    counts = Counts(output=Fields(details).whole("generatedtokens"))
    counts.input = len(prefill) if isinstance(prefill, list) and prefill else Fields(details).whole("inputlength")
    return Finding(
        "tgi",
        model=around.text("model", "modelid", "modelname"),
        provider=around.text("provider"),
        usage=exclusive(counts),
        output=text,
        metadata=finish(details.get("finish_reason")),
    )


def _sglang(document: Mapping[str, Json], around: Fields) -> Finding | None:
    """Read SGLang's `/generate`; its prompt holds cached tokens, its time is seconds from end to end."""
    meta = Fields(document["meta_info"])
    counts = read_counts(document["meta_info"])
    if counts.input is None or counts.output is None:
        return None
    reason = meta.get("finishreason")
    return Finding(
        "tgi",
        model=around.text("model", "modelid", "modelname"),
        provider=around.text("provider"),
        call_id=meta.text("id"),
        usage=exclusive(counts),
        output=document["text"],
        latency_ms=meta.duration_ms("e2elatency", unit="s"),
        metadata=finish(reason.get("type") if isinstance(reason, dict) else reason),
    )
