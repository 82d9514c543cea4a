"""Optional rules: packaged, off by default, switched on by an entry of a policy's `masking.enable`.

A rule that is not enabled is not compiled. An entry names a rule, or several by the beginning of their ids
(`address.street` is `address.street.key` and all others of that name); `{"rule": ..., "services": [...]}` enables it
for some services or log groups only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from logrouter.errors import PolicyError
from logrouter.masking.edits import Edit
from logrouter.masking.identifiers.addresses import find_whole_emails
from logrouter.masking.rules.gates import NUMBER_GATES
from logrouter.masking.values.masks import Mask
from logrouter.model import Json
from logrouter.policy.reasons import is_name

PLACE = "masking.enable"
NETWORKS = frozenset({"ip.last_octet", "ip.whole"})
CONTRADICTING = (("ip.last_octet", "ip.whole"),)
"""Of two such rules one says what the other one does: both everywhere is a mistake."""

type Finder = Callable[[str, str], Iterator[Edit]]
"""(text, label: the key above it) -> edits."""


def rules_in_force(section: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Return the rules of a section, without the optional ones that nobody enabled.

    Raises:
        PolicyError: an entry of `enable` names no optional rule, or two contradict each other.
    """
    rules: Sequence[Mapping[str, Json]] = section.get("rules", [])
    enabled = _enabled(rules, section.get("enable", []))
    chosen: list[Mapping[str, Json]] = []
    for rule in rules:
        if not rule.get("optional"):
            chosen.append(rule)
            continue
        chosen += [{**rule, **scope} for scope in _widest(enabled.get(rule["id"], []))]
    return chosen


def _enabled(rules: Sequence[Mapping[str, Json]], entries: Sequence[Json]) -> dict[str, list[dict[str, Json]]]:
    """Return for each optional rule that is enabled where it holds: selectors, none for everywhere."""
    optional = [rule["id"] for rule in rules if rule.get("optional")]
    scopes: dict[str, list[dict[str, Json]]] = {}
    for at, entry in enumerate(entries):
        scope = {} if isinstance(entry, str) else {key: entry[key] for key in entry if key != "rule"}
        name = entry if isinstance(entry, str) else entry["rule"]
        named = [rule for rule in optional if rule == name or rule.startswith(f"{name}.")]
        if not named:
            why = "is always on" if any(rule["id"] == name for rule in rules) else "is no optional rule"
            raise PolicyError(
                f"{PLACE}.{at}", f"{name if is_name(name) else 'it'} {why}; optional are {', '.join(sorted(optional))}"
            )
        for rule in named:
            scopes.setdefault(rule, []).append(scope)
    for one, other in CONTRADICTING:
        if {} in scopes.get(one, []) and {} in scopes.get(other, []):
            raise PolicyError(PLACE, f"{one} and {other} contradict each other: enable one of them everywhere")
    return scopes


def _widest(scopes: list[dict[str, Json]]) -> list[dict[str, Json]]:
    return [{}] if {} in scopes else scopes


def finders_of(rules: Sequence[Mapping[str, Json]], masks: Mapping[str, Mask]) -> dict[str, Finder]:
    """Return the optional rules among `rules` that are code, by id: it is the name of their gate too."""
    coded = {rule["id"] for rule in rules if rule["kind"] == "number"}
    found: dict[str, Finder] = {}
    if coded & NETWORKS:
        from logrouter.masking.identifiers.networks import FINDERS  # noqa: PLC0415 - what nobody enables is not even loaded

        found.update({name: FINDERS[name] for name in coded & NETWORKS})
    if "pseudonym.email" in coded:
        found["pseudonym.email"] = partial(_find_pseudonyms, masks["pseudonym.email"])
    return found


def _find_pseudonyms(mask: Mask, text: str, _label: str) -> Iterator[Edit]:
    for start, end, address in find_whole_emails(text):
        yield Edit(start, end, mask(address), "pseudonym.email")


def optional_gates(rules: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, str]]:
    """Yield (name, pattern) of the gates that only optional rules and whole names need."""
    for rule in rules:
        if rule["id"] in NETWORKS:
            from logrouter.masking.identifiers.networks import GATES  # noqa: PLC0415 - see finders_of

            yield from ((rule["id"], pattern) for pattern in GATES)
        elif rule["id"] == "pseudonym.email":
            yield from ((rule["id"], pattern) for name, pattern in NUMBER_GATES if name == "email")
        if rule.get("names"):
            yield "keys", _names_gate(rule["names"])


def _names_gate(names: Sequence[str]) -> str:
    """Return what opens for a whole name that something is assigned to, its Korean letters escaped or not."""
    spelled = [name if name.isascii() else f"{name}|{_escaped(name)}" for name in names]
    return rf"(?i)(?:^|[^A-Za-z0-9])(?:{'|'.join(spelled)})[\"'\\\]*]*\s*(?:[:=,>|]|->)"


def _escaped(name: str) -> str:
    return "".join(rf"\\+u{ord(char):04x}" for char in name)
