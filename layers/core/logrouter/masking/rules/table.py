"""Masking rules: the table of a policy, compiled. A rule that does not hold what it promises is refused by name."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.names.stems import Stems
from logrouter.masking.rules.gates import gates_of, leading_flags, stems_of
from logrouter.masking.rules.optional import finders_of, optional_gates
from logrouter.masking.rules.paths import PathRule, parse_path
from logrouter.masking.rules.prefilter import Prefilter
from logrouter.masking.values.judgement import is_basic_credentials, is_placeholder, is_prose_word, looks_random
from logrouter.masking.values.keyed import with_mask
from logrouter.masking.values.keys import KeyPolicy
from logrouter.masking.values.masks import Mask, masks_of
from logrouter.masking.values.pseudonyms import Pseudonyms
from logrouter.model import Json
from logrouter.policy.log_groups import matches

LABEL_GAP = r"[^0-9\n]{0,15}"
"""What may stand between a label and its value, unless the rule says otherwise."""

AHEAD_CHARS = 32
"""How far in front of a label its value may begin."""

_STRANGE_GAP = re.compile(r"(?i)\*\*\*|주문|금액|송장|일자|날짜|시각|운송|order|amount|invoice|date|time")


def _is_token(value: str) -> bool:
    if is_placeholder(value) or is_prose_word(value):
        return False
    inner = value[1:]
    return any(char.isdigit() for char in value) or any(char.isupper() for char in inner) or len(value) >= 24


def _is_strict_token(value: str) -> bool:
    parts = re.split(r"[-_]", value)[1:]
    return looks_random(value, 20) and not all(part.isdigit() or part.isalpha() for part in parts)


def _is_basic(value: str) -> bool:
    if is_prose_word(value) or is_placeholder(value):
        return False
    return is_basic_credentials(value) or (len(value) % 4 == 0 and looks_random(value, 12))


def _is_account(value: str) -> bool:
    digits = "".join(char for char in value if char.isdigit())
    is_date = re.fullmatch(r"(?:19|20)[0-9]{2}[- ](?:0[1-9]|1[0-2])[- ][0-3][0-9].*|(?:19|20)[0-9]{12}", value)
    is_phone = re.match(r"0(?:1[016-9]|2|[3-6][1-5]|70)[- ]?[0-9]{3,4}[- ]?[0-9]{4}$", value)
    return 10 <= len(digits) <= 14 and not is_date and not is_phone


def _is_name(value: str) -> bool:
    from logrouter.masking.values.people import is_name  # noqa: PLC0415 - a cold start of the default policy goes without

    return is_name(value)


VALIDATORS: dict[str, Callable[[str], bool]] = {
    "token": _is_token,
    "token_strict": _is_strict_token,
    "vendor": lambda value: len(set(value)) >= 6,
    "basic": _is_basic,
    "not_placeholder": lambda value: not is_placeholder(value.strip("'\"")),
    "account": _is_account,
    "name": _is_name,
    "length_64": lambda value: len("".join(value.split())) == 64,
    "length_88": lambda value: len("".join(value.split())) == 88,
    "eleven_digits": lambda value: sum(map(str.isdigit, value)) == 11,
}
"""What a pattern or labelled rule may ask of the text it found before it is masked."""


@dataclass(frozen=True, slots=True)
class PatternRule:
    """A regular expression; its group `v`, or the whole match, is masked."""

    id: str
    source: str
    hide: Mask
    is_quoted: bool
    validator: str | None
    is_bounded: bool

    def find(self, text: str) -> Iterator[Edit]:
        """Yield an edit for every match that the validator accepts."""
        accepts = VALIDATORS[self.validator] if self.validator else None
        for match in _compiled(self.source, is_bounded=self.is_bounded).finditer(text):
            start, end = match.span("v") if "v" in match.re.groupindex else match.span()
            if self.validator == "vendor" and text[end - 1] == ".":
                end -= 1  # the full stop of the sentence
            value = text[start:end]
            is_masked = SECRET in value or text.startswith("***", end)
            if start < end and not is_masked and (accepts is None or accepts(value)):
                if self.is_quoted and value[0] in "'\"":
                    start, end = start + 1, end - 1
                yield Edit(start, end, self.hide(value), self.id)


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A value that is sensitive behind a label: label, a gap of few characters, value."""

    id: str
    labels: str
    gap: str
    source: str
    hide: Mask
    validator: str | None
    behind: str | None = None

    def find(self, text: str) -> Iterator[Edit]:
        """Yield an edit for every value that stands behind a label, and in front of one where the rule allows it."""
        accepts = VALIDATORS[self.validator] if self.validator else None
        value_at = _compiled_value(self.gap, self.source)
        done = 0
        for label in _compiled(self.labels, is_bounded=False).finditer(text):
            floor = done
            match = value_at.match(text, label.end()) if label.end() >= done else None
            if match and not _STRANGE_GAP.search(match["gap"]) and (accepts is None or accepts(match["v"])):
                done = match.end()
                yield Edit(*match.span("v"), self.hide(match["v"]), self.id)
            if self.behind is not None:
                ahead = _compiled_ahead(self.behind, self.source).search(
                    text, max(floor, label.start() - AHEAD_CHARS), label.start()
                )
                if ahead and (accepts is None or accepts(ahead["v"])):
                    yield Edit(*ahead.span("v"), self.hide(ahead["v"]), self.id)


_EDGE = r"(?:(?<![0-9A-Za-z])(?<!\*\*\*)|(?<=\\n)|(?<=\\r)|(?<=\\t))"
"""No letter or digit in front; the letter of an escaped line break is none."""

CACHE_LIMIT = 4096
"""Compiled patterns kept, over all policies; a new policy version brings at most a few."""

_CACHE: dict[tuple[str, str], re.Pattern[str]] = {}


def _compiled(source: str, *, is_bounded: bool) -> re.Pattern[str]:
    """Compile when first needed: a record seldom opens more than a few gates."""
    key = (source, "bounded" if is_bounded else "")
    pattern = _CACHE.get(key)
    if pattern is None:
        flags, body = leading_flags(source)
        edge = _EDGE if is_bounded else ""
        if len(_CACHE) >= CACHE_LIMIT:
            _CACHE.clear()
        pattern = _CACHE[key] = re.compile(f"{flags}{edge}(?:{body})", re.ASCII)
    return pattern


def _compiled_value(gap: str, source: str) -> re.Pattern[str]:
    key = (source, gap)
    pattern = _CACHE.get(key)
    if pattern is None:
        pattern = _CACHE[key] = re.compile(
            f"(?P<gap>{gap}?)(?<![0-9A-Za-z])(?P<v>{source})(?![0-9A-Za-z]|[-.][0-9*])", re.ASCII
        )
    return pattern


def _compiled_ahead(behind: str, source: str) -> re.Pattern[str]:
    key = (source, f"ahead {behind}")
    pattern = _CACHE.get(key)
    if pattern is None:
        pattern = _CACHE[key] = re.compile(f"(?<![0-9A-Za-z])(?<![0-9*][-.])(?P<v>{source}){behind}$", re.ASCII)
    return pattern


class RuleSet:
    """The rules that hold for one selection of service and log group, compiled, with their prefilter.

    Args:
        rules: the rules of the table, already validated.
        facts: word lists of the key policy.
        engine: engine of the prefilter, see `Prefilter`.
        pseudonyms: what masks named `pseudonym` work with; without keys they hide everything.
    """

    def __init__(
        self,
        rules: Sequence[Mapping[str, Json]],
        facts: Mapping[str, Sequence[str]],
        engine: str | None = None,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        masks = masks_of(pseudonyms or Pseudonyms())
        hides = {
            rule["id"]: with_mask(rule.get("check", "secret"), masks[rule["mask"]])
            for rule in rules
            if rule["kind"] in {"key", "path"} and "mask" in rule
        }
        keyed = [rule for rule in rules if rule["kind"] == "key"]
        self.keys = KeyPolicy(keyed, facts, hides)
        self.stems = Stems(stems_of(keyed), _whole_names(keyed), engine)
        self.patterns = {rule["id"]: _pattern_rule(rule, masks) for rule in rules if rule["kind"] == "pattern"}
        self.labels = {rule["id"]: _label_rule(rule, masks) for rule in rules if rule["kind"] == "labelled"}
        self.paths = tuple(
            PathRule(rule["id"], parse_path(path), rule.get("check", "secret"), hides.get(rule["id"]))
            for rule in rules
            if rule["kind"] == "path"
            for path in rule["paths"]
        )
        self.numbers = frozenset(rule["id"] for rule in rules if rule["kind"] == "number")
        self.finders = finders_of(rules, masks)
        self.prefilter = Prefilter([*gates_of(rules), *optional_gates(rules)], engine)


def _whole_names(keyed: Sequence[Mapping[str, Json]]) -> str:
    """Return what finds names that count only as whole words; longer ones may begin like shorter ones."""
    names = sorted({name for rule in keyed for name in rule.get("names", ())}, key=len, reverse=True)
    return rf"(?<![\w$.-])(?:{'|'.join(map(re.escape, names))})[0-9]?(?![\w-])" if names else ""


def _pattern_rule(rule: Mapping[str, Json], masks: Mapping[str, Mask]) -> PatternRule:
    mask = rule.get("mask", "secret")
    return PatternRule(
        rule["id"],
        rule["pattern"],
        masks[mask],
        mask == "quoted_secret",
        rule.get("validator"),
        rule.get("bounded", True),
    )


def _label_rule(rule: Mapping[str, Json], masks: Mapping[str, Mask]) -> LabelRule:
    return LabelRule(
        rule["id"],
        rule["labels"],
        rule.get("gap", LABEL_GAP),
        rule["pattern"],
        masks[rule.get("mask", "secret")],
        rule.get("validator"),
        rule.get("behind"),
    )


def example_text(parts: Sequence[str]) -> str:
    """Join an example; it is stored in parts so that scanners of the repository stay silent."""
    return "".join(parts)


def selects(rule: Mapping[str, Json], service: str | None, log_group: str | None) -> bool:
    """Say whether a rule holds for records of a service and log group; one without selectors holds for all."""
    return _is_selected(rule.get("services"), service) and _is_selected(rule.get("log_groups"), log_group)


def _is_selected(globs: Sequence[str] | None, name: str | None) -> bool:
    return not globs or any(matches(glob, name or "") for glob in globs)
