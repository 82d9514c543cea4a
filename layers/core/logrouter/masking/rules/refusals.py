"""What a team's masking rule must be before it is taken: each refusal names the place and quotes no values."""

import re
from collections.abc import Mapping, Sequence

from logrouter.errors import PolicyError
from logrouter.masking.linear import re2_module, re2_options
from logrouter.masking.rules.cost import backtracks, is_heavy_gate
from logrouter.masking.rules.gates import leading_flags
from logrouter.masking.rules.paths import parse_path
from logrouter.masking.rules.table import VALIDATORS
from logrouter.masking.values.judgement import CHECKS
from logrouter.masking.values.keyed import KEYED
from logrouter.masking.values.keys import split_key
from logrouter.masking.values.masks import masks_of
from logrouter.masking.values.pseudonyms import Pseudonyms
from logrouter.model import Json

READS = {
    "key": {"keys", "names", "check", "mask"},
    "path": {"paths", "check", "mask", "gate"},
    "pattern": {"pattern", "gate", "bounded", "validator", "mask"},
    "labelled": {"labels", "pattern", "gap", "behind", "gate", "validator", "mask"},
}
"""What a rule of each kind reads, beside what every rule has."""

COUNTED = "failed"
"""What failures are counted as, among the hits of the rules."""

NEEDS = {"key": ("keys",), "path": ("paths",), "pattern": ("pattern",), "labelled": ("labels", "pattern")}
ALL = frozenset({"id", "kind", "note", "optional", "services", "log_groups", "examples"})


def check_rules(rules: Sequence[Mapping[str, Json]], packaged: Sequence[Mapping[str, Json]]) -> None:
    """Refuse a table that lacks or changes a built-in rule, or whose own rules do not compile.

    Raises:
        PolicyError: naming the rule's place and the reason, never its values.
    """
    own = {rule["id"]: rule for rule in rules}
    for rule in packaged:
        if own.get(rule["id"]) != rule:
            raise PolicyError(f"masking.rules.{rule['id']}", "a built-in rule can neither be changed nor removed")
    if len(own) != len(rules):
        raise PolicyError("masking.rules", "two rules have the same id")
    built_in = {rule["id"] for rule in packaged}
    for rule in rules:
        if rule["id"] not in built_in:
            _check_rule(rule)


def _check_rule(rule: Mapping[str, Json]) -> None:
    place, kind = f"masking.rules.{rule['id']}", rule["kind"]
    if rule["id"] == COUNTED:
        raise PolicyError(place, "records that could not be masked are counted under this id")
    if kind not in NEEDS:
        raise PolicyError(place, f"this kind of rule is built in; a team's are {', '.join(NEEDS)}")
    missing = [field for field in NEEDS[kind] if not rule.get(field)]
    if missing:
        raise PolicyError(place, f"a rule of kind {kind} needs {missing[0]}")
    strange = [field for field in rule if field not in ALL | READS[kind]]
    if strange:
        raise PolicyError(f"{place}.{strange[0]}", f"a rule of kind {kind} does not read {strange[0]}")
    masks = masks_of(Pseudonyms())
    for field, known in (("validator", VALIDATORS), ("mask", masks), ("check", {**CHECKS, **KEYED})):
        if rule.get(field) is not None and rule[field] not in known:
            raise PolicyError(f"{place}.{field}", f"unknown; known are {', '.join(sorted(known))}")
    _check_names(place, rule)
    for field in ("pattern", "labels", "gate", "gap", "behind"):
        if field in rule:
            _check_pattern(f"{place}.{field}", rule[field])
    _check_gate(place, rule)


def _check_gate(place: str, rule: Mapping[str, Json]) -> None:
    gate = rule.get("gate") or rule.get("labels") or rule.get("pattern")
    if gate and is_heavy_gate(gate):
        named = next(field for field in ("gate", "labels", "pattern") if rule.get(field))
        raise PolicyError(
            f"{place}.{named}", "too slow: counted repeats such as {1,190} fill the automaton of all rules"
        )


def _check_names(place: str, rule: Mapping[str, Json]) -> None:
    for field in ("keys", "names"):
        for at, entry in enumerate(rule.get(field, ())):
            if all(word.isdigit() for word in split_key(entry)):
                raise PolicyError(f"{place}.{field}.{at}", "a key needs at least one word of letters")
    for at, path in enumerate(rule.get("paths", ())):
        try:
            parse_path(path)
        except ValueError as fault:
            why = f"no path from character {fault} on; a path is names joined by dots, *, **, and [*] or [0] for arrays"
            raise PolicyError(f"{place}.paths.{at}", why) from None


def _check_pattern(place: str, source: str) -> None:
    try:
        flags, body = leading_flags(source)
        pattern = re.compile(f"{flags}(?:{body})", re.ASCII)
    except (re.error, RecursionError, OverflowError):
        raise PolicyError(place, "does not compile") from None
    if backtracks(source):
        why = "too slow: repeats inside or beside each other read the same text; put a mark between that neither reads"
        raise PolicyError(place, why)
    if pattern.search("") and not place.endswith((".gap", ".behind")):
        raise PolicyError(place, "matches the empty text")
    re2 = re2_module()
    if re2 is None:
        return
    try:
        re2.compile(source, re2_options(re2))
    except re2.error:
        raise PolicyError(place, "does not compile in RE2: no look-around, no back-references") from None
