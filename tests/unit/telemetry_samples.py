"""The samples of telemetry under `tests/samples/llm/otel`, read the way of `trace_llm`: joined, masked, recognised."""

from collections.abc import Iterable
from pathlib import Path

from logrouter.masking import default_masker
from logrouter.model import Batch, LlmCall, LogEvent, RawText, Record, Tally
from logrouter.policy.load import merge
from logrouter.stages.llm.told_apart import ToldApart
from logrouter.stages.llm.twins import without_twins
from logrouter.stages.prepare import prepare
from logrouter.stages.recognise import recognise
from logrouter.stages.select import refuse_llm_calls
from tests.unit.llm_samples import AT_MS, ORIGIN, RULES

FOLDER = Path(__file__).parent.parent / "samples" / "llm" / "otel"
SHORT = merge(RULES, {"content": {"input": "cut", "output": "cut", "max_chars": 300}})
"""Prompts and answers cut, so that golden files can be read."""


def records_of(lines: Iterable[str]) -> list[Record]:
    """Return the records of log lines that came in one payload, masked and parsed."""
    events = tuple(
        LogEvent(f"{number:056d}", AT_MS + number, RawText(line)) for number, line in enumerate(lines) if line
    )
    prepared = prepare(
        [Batch(ORIGIN, events)],
        refuse=refuse_llm_calls,
        kind_of=lambda _: None,
        mask_text=default_masker().mask_text,
        tally=Tally(),
    )
    return [one.record for one in prepared]


def all_told(lines: Iterable[str]) -> list[LlmCall]:
    """Return every call that lines tell of, in order; some are told twice."""
    return [call for record in records_of(lines) for call in recognise(record, SHORT).calls]


def calls_of(lines: Iterable[str]) -> list[LlmCall]:
    """Return the calls that lines tell of, each once."""
    apart, calls = ToldApart(), list[LlmCall]()
    for record in records_of(lines):
        apart.hear(record)
        calls += recognise(record, SHORT).calls
    return without_twins(apart.given_to(calls, SHORT["content"], None))[0]


def calls_in(name: str) -> list[LlmCall]:
    """Return the calls of one sample."""
    return calls_of((FOLDER / f"{name}.txt").read_text("utf-8").split("\n"))
