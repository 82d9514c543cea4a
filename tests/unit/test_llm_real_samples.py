"""Lines that SDKs, gateways and frameworks really wrote of calls, on their way through masking, against reviewed files.

The samples are written by `tests/samples/llm/write_llm_samples.py`; the files were held against the answers that the
programs got (`tests/samples/llm/programs/answers.py`) by hand.
"""

import json
from pathlib import Path

import pytest

from logrouter.masking import default_masker
from logrouter.model import LogEvent, MaskedEvent, MaskedText, Origin, RawText
from logrouter.policy.load import default_policy
from logrouter.stages.mask import mask_event
from logrouter.stages.parse import parse
from logrouter.stages.recognise import recognise
from logrouter.stages.select import could_be_llm_call

SAMPLES = Path(__file__).parent.parent / "samples" / "llm"
FAMILIES = (
    "agents", "anthropic", "cohere", "dspy", "gemini", "haystack", "langchain", "litellm", "llama_index", "local", "mistral", "node", "openai",
    "pydantic_ai",
)  # fmt: skip
FILES = [path for family in FAMILIES for path in sorted((SAMPLES / family).glob("*.txt"))]
RULES = default_policy().section("llm")
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/chat/llm", "ecs/chat/0f1e2d3c")
AT_MS = 1_795_186_800_000
SHOWN_CHARS = 120
UNSELECTED_KINDS = {"chain", "tool", "retriever"}
"""Steps around a call, whose lines may name nothing that a line is selected by; log groups of kind `llm` need no name."""

FACTS = (
    "name", "kind", "model", "provider", "usage", "cost", "service_tier", "units", "error", "user_id", "session_id",
    "tags", "parameters", "trace_id", "observation_id", "parent_id", "metadata", "input", "output",
)  # fmt: skip


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").strip("\n").split("\n")


def recognised(line: str, number: int):
    event = LogEvent(str(number), AT_MS + number, RawText(line))
    return recognise(parse(mask_event(event, ORIGIN, default_masker().mask_text)[0]), RULES)


def told(call):
    facts = {name: getattr(call, name) for name in FACTS} | {"took_ms": call.end_ms - call.start_ms}
    if call.first_token_ms is not None:
        facts["first_token_after_ms"] = call.first_token_ms - call.start_ms
    return {name: short(value) for name, value in facts.items() if value not in (None, (), {}, "")}


def short(value):
    """Long texts are cut: what matters is where they come from."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= 3 * SHOWN_CHARS else text[:SHOWN_CHARS] + "…"


def outcome_of(line: str, number: int):
    found = recognised(line, number)
    return [told(call) for call in found.calls] or found.refusal.value


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_sample_reads_as_reviewed(path, golden):
    """Each line becomes the calls that were reviewed, or none."""
    golden(f"llm/samples/{name_of(path)}", [outcome_of(line, number) for number, line in enumerate(lines_of(path), 1)])


@pytest.mark.parametrize("family", FAMILIES)
def test_each_sample_says_what_wrote_it(family):
    """Every sample, and nothing else, has the packages it comes from noted."""
    noted = json.loads((SAMPLES / family / "versions.json").read_text("utf-8"))

    assert noted.keys() == {path.name for path in (SAMPLES / family).glob("*.txt")}
    assert all(version["program"] and version["at"] for version in noted.values())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_selection_loses_no_sample(path):
    """A line that tells of a call is selected in a log group of any kind, but for steps around it."""
    found = [(line, recognised(line, number).calls) for number, line in enumerate(lines_of(path), 1)]
    lost = [calls for line, calls in found if calls and not could_be_llm_call(line)]

    assert [call.kind for calls in lost for call in calls if call.kind not in UNSELECTED_KINDS] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_buckets_of_a_sample_add_up(path):
    """The total of every call is the sum of its buckets."""
    calls = [call for number, line in enumerate(lines_of(path), 1) for call in recognised(line, number).calls]

    assert [call.usage.get("total", 0) for call in calls] == [
        sum(count for name, count in call.usage.items() if name != "total") for call in calls
    ]


def test_no_line_of_an_ordinary_program_is_a_call():
    """Nothing that the loggers of other samples wrote is taken for a call."""
    logs = sorted((SAMPLES.parent / "logs").glob("*.txt"))
    found = [recognise(parse(masked_of(line)), RULES) for path in logs for line in lines_of(path)]

    assert {calls.refusal.value for calls in found} == {"not_an_llm_call"}


def masked_of(line: str) -> MaskedEvent:
    return MaskedEvent(ORIGIN, "1", AT_MS, MaskedText(line))
