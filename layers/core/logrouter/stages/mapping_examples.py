"""Holds a team's mappings of LLM logs (policy section `llm`) against the examples they bring, as a record's way would.

An example is a line, as text or the object that it is, or `{"line": ..., "call": {...}}` with what its call must say.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.errors import PolicyError
from logrouter.model import Json, LlmCall, LogEvent, Origin, RawText
from logrouter.stages.llm.shapes.mapped import COUNTS
from logrouter.stages.mask import MaskText, mask_event
from logrouter.stages.parse import parse
from logrouter.stages.recognise import recognise

EXAMPLE_AT_MS: Final = 1_700_000_000_000
FACTS: Final = (
    "name", "kind", "model", "provider", "input", "output", "parameters", "usage", "cost", "error", "user_id",
    "session_id", "trace_name", "trace_id", "observation_id", "parent_id", "tags", "prompt_name", "prompt_version",
    "service_tier", "region", "units", "release", "version", "start_ms", "end_ms", "first_token_ms", "metadata",
)  # fmt: skip
"""What an example may say of its call; objects are held key by key."""

_SIZED: Final = frozenset({"generation", "embedding"})
_ORIGIN: Final = Origin("", "", "", "")


def check_mappings(section: Mapping[str, Json], mask_text: MaskText) -> None:
    """Raise `PolicyError` for the first mapping that cannot work or fails an example; it is named, never quoted."""
    for fault in mapping_faults(section, mask_text):
        raise fault


def mapping_faults(section: Mapping[str, Json], mask_text: MaskText) -> Iterator[PolicyError]:
    """Yield what is wrong with mappings; those that are switched off are passed over.

    Args:
        section: the policy section `llm`, merged.
        mask_text: the masking engine of the policy; mappings see masked text.
    """
    for mapping in section.get("mappings", ()):
        if not mapping.get("enabled", True):
            continue
        place = f"llm.mappings.{mapping['id']}"
        if not _is_enough(mapping):
            yield PolicyError(f"{place}.fields", "name neither a model nor tokens, so every call would be refused")
        examples = mapping.get("examples", {})
        for number, example in enumerate(examples.get("yes", ())):
            line, expected = _parts(example)
            why = _miss(line, expected, mapping, section, mask_text)
            if why is not None:
                yield PolicyError(f"{place}.examples.yes.{number}", why)
        for number, line in enumerate(examples.get("no", ())):
            if _calls(line, mapping, section, mask_text)[0]:
                yield PolicyError(f"{place}.examples.no.{number}", "the mapping takes it")


def _is_enough(mapping: Mapping[str, Json]) -> bool:
    fields, constants = mapping["fields"], mapping.get("constants", {})
    if "kind" in fields or constants.get("kind", "generation") not in _SIZED:
        return True
    sized = ("model", "usage", *(f"{name}_tokens" for name in COUNTS))
    return "model" in constants or any(name in fields for name in sized)


def _parts(example: Json) -> tuple[Json, Mapping[str, Json]]:
    if isinstance(example, dict) and set(example) <= {"line", "call"} and "line" in example:
        return example["line"], example.get("call", {})
    return example, {}


def _miss(
    line: Json,
    expected: Mapping[str, Json],
    mapping: Mapping[str, Json],
    section: Mapping[str, Json],
    mask_text: MaskText,
) -> str | None:
    """Say in what an example is missed; None when it is not."""
    calls, refusal = _calls(line, mapping, section, mask_text)
    if not calls:
        return f"no call comes of it ({refusal})"
    for name, wanted in expected.items():
        if name not in FACTS:
            return f"a call has no {name!r}; known are {', '.join(FACTS)}"
        if not _says(getattr(calls[0], name), wanted):
            return f"its call says another {name}"
    return None


def _says(said: Json, wanted: Json) -> bool:
    if isinstance(wanted, dict) and isinstance(said, Mapping):
        return all(_says(said.get(key), value) for key, value in wanted.items())
    return bool((list(said) if isinstance(said, tuple) else said) == wanted)


def _calls(
    line: Json, mapping: Mapping[str, Json], section: Mapping[str, Json], mask_text: MaskText
) -> tuple[list[LlmCall], str]:
    text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
    event = LogEvent("1", EXAMPLE_AT_MS, RawText(text))
    found = recognise(parse(mask_event(event, _ORIGIN, mask_text)[0]), section)
    own = [call for call in found.calls if call.metadata["shape"] == f"mapping:{mapping['id']}"]
    other = "another shape took it" if found.calls else ""
    noticed = ", ".join(dict.fromkeys(each.value for each in found.noticed))
    return own, other or noticed or (found.refusal.value if found.refusal else "")
