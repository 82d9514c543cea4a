"""The masker: one policy, compiled; records in, masked records out, counts kept by rule."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import cast

from logrouter.errors import PolicyError
from logrouter.masking.edits import FAILED, Finding, apply, source_span
from logrouter.masking.rounds import mask_in_rounds, mask_value_in_rounds
from logrouter.masking.rules.optional import rules_in_force
from logrouter.masking.rules.refusals import check_rules
from logrouter.masking.rules.table import RuleSet, example_text, selects
from logrouter.masking.text import TextEngine
from logrouter.masking.trees.objects import holds_named_tuples
from logrouter.masking.values.masks import EXAMPLE_KEYS, PSEUDONYMS
from logrouter.masking.values.pseudonyms import PseudonymKeys, Pseudonyms
from logrouter.model import Json, MaskedText, RawText
from logrouter.policy import Policy, default_policy

SECTION = "masking"

COMPILED_LIMIT = 64
"""Rule sets kept compiled, for services and log groups with rules of their own: about 1.5 MB each (measured)."""


class Masker:
    """Masks records by the rules of a policy.

    Args:
        policy: a whole policy; its section `masking` extends the packaged rules.
        engine: engine of the prefilter, `re2` or `re`; by default RE2 where it is installed.
        pseudonyms: keys of the rules that put pseudonyms in the place of values; without them such a rule hides all.

    Raises:
        PolicyError: a built-in rule is missing or changed, a rule does not compile or fails its own examples, `enable`
            names no optional rule.
    """

    def __init__(self, policy: Policy, *, engine: str | None = None, pseudonyms: PseudonymKeys | None = None) -> None:
        self.version = policy.version
        self._engine = engine
        self._hits: Counter[str] = Counter()
        section = policy.section(SECTION)
        packaged = default_policy().section(SECTION)
        self._pseudonyms = Pseudonyms(pseudonyms)
        self._facts = section.get("facts", {})
        self._compiled: dict[tuple[int, ...], tuple[RuleSet, TextEngine]] = {}
        self._selections: dict[tuple[str | None, str | None], tuple[RuleSet, TextEngine]] = {}
        if section is not packaged:
            self._check(section.get("rules", []), packaged)
        self._rules: Sequence[Mapping[str, Json]] = rules_in_force(section)
        self._has_selectors = any(rule.get("services") or rule.get("log_groups") for rule in self._rules)
        self._plain = self._select(None, None)[1]

    def _check(self, rules: Sequence[Mapping[str, Json]], packaged: Mapping[str, Json]) -> None:
        if self._facts != packaged["facts"]:
            raise PolicyError("masking.facts", "the words of facts are built in")
        check_rules(rules, packaged["rules"])
        built_in = {rule["id"] for rule in packaged["rules"]}
        for rule in rules:
            if rule["id"] not in built_in:
                check_examples(rule, self._facts)

    @property
    def makes_pseudonyms(self) -> bool:
        """True when a rule in force puts pseudonyms in the place of values, and so needs keys."""
        return any(rule.get("mask") in PSEUDONYMS for rule in self._rules)

    @property
    def has_pseudonym_keys(self) -> bool:
        """False when rules that should make pseudonyms hide everything instead."""
        return self._pseudonyms.keys is not None

    def use_pseudonym_keys(self, keys: PseudonymKeys | None) -> None:
        """Make pseudonyms with these keys from now on; nothing is compiled anew."""
        self._pseudonyms.keys = keys

    def mask(self, record: str | dict[str, Json], service: str | None = None) -> str | dict[str, Json]:
        """Mask a record: text gives text, a dict gives a dict; raises nothing.

        What cannot be masked is replaced by a placeholder, never returned as it was. The record itself is not changed.
        """
        try:
            if isinstance(record, str):
                return self.mask_text(RawText(record), service)[0]
            return cast("dict[str, Json]", self._mask_value(record, service))
        except Exception:  # noqa: BLE001 - whatever went wrong, the raw record must not go on
            self._hits["failed"] += 1
            return FAILED if isinstance(record, str) else {"message": FAILED}

    def mask_text(
        self, text: RawText, service: str | None = None, log_group: str | None = None
    ) -> tuple[MaskedText, dict[str, int]]:
        """Mask a text; return it with how often each rule hit.

        Raises:
            Exception: anything that went wrong; the caller replaces the record (`stages.mask` does).
        """
        engine = self._select(service, log_group)[1] if self._has_selectors else self._plain
        gates = engine.open_gates(text)
        if not gates:
            return MaskedText(text), {}
        masked, rounds = mask_in_rounds(engine, text, gates)
        hits: dict[str, int] = {}
        for edits in rounds:
            for edit in edits:
                hits[edit.rule] = hits.get(edit.rule, 0) + 1
        for rule, count in hits.items():
            self._hits[rule] += count
        return MaskedText(masked), hits

    def locate(
        self, text: RawText, service: str | None = None, log_group: str | None = None
    ) -> tuple[MaskedText, list[Finding]]:
        """Mask a text as `mask_text` does; return it with the place of each hit in the text as it came, by start.

        Raises:
            Exception: as `mask_text`.
        """
        engine = self._select(service, log_group)[1] if self._has_selectors else self._plain
        gates = engine.open_gates(text)
        if not gates:
            return MaskedText(text), []
        masked, rounds = mask_in_rounds(engine, text, gates)
        found: list[Finding] = []
        for number, edits in enumerate(rounds):
            for edit in edits:
                span = edit.start, edit.end
                for carried_out in reversed(rounds[:number]):
                    span = source_span(carried_out, *span)
                found.append(Finding(*span, edit.rule))
        self._hits.update(finding.rule for finding in found)
        return MaskedText(masked), sorted(found)

    def report(self) -> dict[str, int]:
        """Return how often each rule hit since this masker was made, by rule id; `failed` counts failures."""
        return dict(self._hits)

    def _mask_value(self, record: Json, service: str | None) -> Json:
        engine = self._select(service, None)[1]
        text = _as_text(record)
        if text is not None and not engine.open_gates(text):
            return record
        masked, hits = mask_value_in_rounds(engine, record)
        self._hits.update(hits)
        return masked

    def _select(self, service: str | None, log_group: str | None) -> tuple[RuleSet, TextEngine]:
        known = self._selections.get((service, log_group))
        if known is None:
            chosen = tuple(at for at, rule in enumerate(self._rules) if selects(rule, service, log_group))
            known = self._compiled.get(chosen)
            if known is None:
                if len(self._compiled) >= COMPILED_LIMIT:
                    self._compiled.clear()
                    self._selections.clear()
                rules = [self._rules[at] for at in chosen]
                known = self._compiled[chosen] = _compile(rules, self._facts, self._engine, self._pseudonyms)
            if len(self._selections) > 1024:
                self._selections.clear()
            self._selections[service, log_group] = known
        return known


def _compile(
    rules: Sequence[Mapping[str, Json]],
    facts: Mapping[str, Sequence[str]],
    engine: str | None,
    pseudonyms: Pseudonyms,
) -> tuple[RuleSet, TextEngine]:
    compiled = RuleSet(rules, facts, engine, pseudonyms)
    return compiled, TextEngine(compiled)


def check_examples(rule: Mapping[str, Json], facts: Mapping[str, Sequence[str]]) -> None:
    """Hold one rule against its own examples, alone.

    Raises:
        PolicyError: naming the example by its place, never quoting it.
    """
    place = f"masking.rules.{rule['id']}.examples"
    alone = {key: value for key, value in rule.items() if key not in {"services", "log_groups"}}
    engine = _compile([alone], facts, None, Pseudonyms(EXAMPLE_KEYS))[1]
    examples = rule.get("examples", {})
    for at, example in enumerate(examples.get("positive", [])):
        text = example_text(example["text"])
        masked = apply(text, engine.edits(text))
        if masked == text:
            raise PolicyError(f"{place}.positive.{at}", "the rule does not find it")
        if "masked" in example and masked != example_text(example["masked"]):
            raise PolicyError(f"{place}.positive.{at}", "the rule masks it in another way")
        if apply(masked, engine.edits(masked)) != masked:
            raise PolicyError(f"{place}.positive.{at}", "masking it again changes it once more")
    for at, parts in enumerate(examples.get("negative", [])):
        if engine.edits(example_text(parts)):
            raise PolicyError(f"{place}.negative.{at}", "the rule masks it")


def _as_text(record: Json) -> str | None:
    """Write a record as JSON text for the prefilter; None when it holds something that JSON has no word for."""
    try:
        import orjson  # noqa: PLC0415 - some functions come without it
    except ImportError:
        try:
            if holds_named_tuples(record):
                return None
            return json.dumps(record, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return None
    try:
        return orjson.dumps(record).decode()
    except TypeError:
        return None


@cache
def default_masker() -> Masker:
    """Return the masker of the packaged policy, made once."""
    return Masker(default_policy())
