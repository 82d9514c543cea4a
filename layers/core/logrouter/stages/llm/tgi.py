"""Recognise answers of Hugging Face's text-generation-inference, which counts what it generated."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.charges import finish
from logrouter.stages.llm.fields import Fields
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.usage import Counts, exclusive

EXAMPLES = (
    {"generated_text": "Hello.", "details": {"finish_reason": "eos_token", "generated_tokens": 3, "prefill": []}},
)
NO_EXAMPLES = ({"generated_text": "Hello."}, {"details": {"generated_tokens": 3}})


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer; the prompt's tokens are known only where the caller asked for them (`decoder_input_details`)."""
    text, details = document.get("generated_text"), document.get("details")
    if not isinstance(text, str) or not isinstance(details, dict) or "generated_tokens" not in details:
        return None
    around, prefill = Fields(outer), details.get("prefill")
    counts = Counts(output=Fields(details).whole("generatedtokens"))
    if isinstance(prefill, list) and prefill:
        counts.input = len(prefill)
    return Finding(
        "tgi",
        model=around.text("model", "modelid", "modelname"),
        provider=around.text("provider"),
        usage=exclusive(counts),
        output=text,
        metadata=finish(details.get("finish_reason")),
    )
