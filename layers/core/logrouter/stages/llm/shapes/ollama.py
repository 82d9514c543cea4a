"""Recognise answers of Ollama, whose durations are nanoseconds and whose counts are `eval_count`s."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import Counts, exclusive, read_counts

EXAMPLES = (
    {"model": "llama3.2", "done": True, "prompt_eval_count": 9, "eval_count": 1, "total_duration": 4883583458},
    {"model": "all-minilm", "embeddings": [[0.1]], "total_duration": 14143917, "prompt_eval_count": 8},
)
NO_EXAMPLES = (
    {"model": "llama3.2", "message": {"role": "assistant", "content": "He"}, "done": False},
    {"eval_count": 9, "dashboard": "usage"},
)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one finished answer; `created_at` is when it was finished, and a cached prompt is not counted."""
    found = Fields(document)
    is_embedding = "embeddings" in found or "embedding" in found
    is_answer = "evalcount" in found and "totalduration" in found
    if document.get("done") is False or not (is_answer or (is_embedding and "totalduration" in found)):
        return None
    counts = read_counts(document)
    began = (found.duration_ms("loadduration", unit="ns"), found.duration_ms("promptevalduration", unit="ns"))
    message = found.get("message", "response")
    return Finding(
        "ollama",
        kind="embedding" if is_embedding else "generation",
        model=found.text("model"),
        provider=found.text("provider") or "ollama",
        usage=exclusive(Counts(input=counts.input or 0, output=counts.output)),
        output=None if is_embedding else message,
        end_ms=found.time_ms("createdat"),
        latency_ms=found.duration_ms("totalduration", unit="ns"),
        first_token_after_ms=None if began[1] is None or is_embedding else sum(part or 0 for part in began),
        metadata=finish(found.get("donereason")),
    )
