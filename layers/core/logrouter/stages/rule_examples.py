"""Holds a team's entries of the policy section `errors` against their own examples, as a record's way would.

An example is the text of a log event, or an object that also says which log group it is of.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.errors import PolicyError
from logrouter.model import Json, LogEvent, Origin, RawText
from logrouter.stages.classify import facts_of, severity_of
from logrouter.stages.mask import MaskText, mask_event
from logrouter.stages.matching import fact_of, matches
from logrouter.stages.parse import parse

LISTS: Final = ("severity", "ignore", "fingerprints", "budgets", "sampling")
"""The lists of the section whose entries bring examples."""

SURROUNDINGS: Final = frozenset({"service", "log_group", "log_stream", "function", "environment", "level"})
"""Facts that a text may leave to the place it was logged at. An example that states one is held against it."""

EXAMPLE_AT_MS: Final = 1_700_000_000_000


def check_examples(section: Mapping[str, Json], packaged: Mapping[str, Json], mask_text: MaskText) -> None:
    """Raise `PolicyError` for the first entry that fails an example of its own; it is named by place, never quoted."""
    for fault in example_faults(section, packaged, mask_text):
        raise fault


def example_faults(
    section: Mapping[str, Json], packaged: Mapping[str, Json], mask_text: MaskText
) -> Iterator[PolicyError]:
    """Yield every example that an entry fails.

    Entries that are switched off are passed over, and so are the packaged examples of an entry that a document changes:
    they speak of what it was.

    Args:
        section: the policy section `errors`, merged.
        packaged: the packaged one.
        mask_text: the masking engine of the policy; entries see masked text.
    """
    for name in LISTS:
        known = {entry["id"]: entry for entry in packaged.get(name, ())}
        for entry in section.get(name, ()):
            was = known.get(entry["id"])
            if not entry.get("enabled", True) or (was and was.get("examples") == entry.get("examples")):
                continue
            yield from _entry_faults(f"errors.{name}.{entry['id']}.examples", entry, name, section, mask_text)


def _entry_faults(
    place: str, entry: Mapping[str, Json], name: str, section: Mapping[str, Json], mask_text: MaskText
) -> Iterator[PolicyError]:
    examples = entry.get("examples", {})
    for answer, expected in (("yes", True), ("no", False)):
        for number, example in enumerate(examples.get(answer, ())):
            found = _answer(entry["match"], example, name, section, mask_text)
            if found is not None and found is not expected:
                says = "the entry does not match it" if expected else "the entry matches it"
                yield PolicyError(f"{place}.{answer}.{number}", says)


def _answer(
    match: Mapping[str, Json], example: Json, name: str, section: Mapping[str, Json], mask_text: MaskText
) -> bool | None:
    """Say whether an entry matches an example; None when that hangs on surroundings the example leaves open."""
    known = example if isinstance(example, Mapping) else {"text": example}
    origin = Origin("", "", str(known.get("log_group", "")), str(known.get("log_stream", "")))
    event = LogEvent("1", EXAMPLE_AT_MS, RawText(known["text"]))
    record = parse(mask_event(event, origin, mask_text)[0])
    facts = facts_of(record)
    if name != "severity" and record.level is not None:
        facts["level"] = severity_of(record, section, None, facts).value
    stated = {fact: globs for fact, globs in match.items() if fact not in SURROUNDINGS or fact_of(fact, facts)}
    if stated and not matches(stated, facts):
        return False
    return True if len(stated) == len(match) else None
