"""Policy documents: overlay a team's document on the packaged default and refuse it with a place and a reason.

Pure: text in, `Policy` out. Fetching (S3, file, ETag, time to live) is `logrouter.adapters.policy_source`.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import cast

from logrouter.errors import PolicyError
from logrouter.model import Json
from logrouter.policy.reasons import is_name, place_of, reason_of

SECTIONS = ("masking", "log_groups", "routes", "errors", "llm", "budgets", "archive", "alerts")
"""Every section of the document; each has a packaged default and a schema."""

DOCUMENT_LIMIT_CHARS = 1_000_000
"""A larger document is refused unread."""

VERSION_LIMIT_CHARS = 40

OWN_RULES_LIMIT_CHARS = {"keys": 40_000, "paths": 400_000, "labels": 400_000, "pattern": 400_000, "gate": 400_000}
"""Characters of a team's masking rules by field, all rules together. They are compiled at each cold start: keys cost
most, 12 microseconds of an x86 core a character and quadratically beyond (700,000 took 18 s); the others 1 to 2."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole, valid policy.

    Args:
        version: the document's own `version`, plus the first 12 hex digits of the SHA-256 of its content; goes out as
            a metric and onto archive manifests.
        document: section name to section, default and overlay merged.
        sha256: of the document's bytes as they were put, hex; empty for the packaged policy.
    """

    version: str
    document: Mapping[str, Json]
    sha256: str = ""

    def section(self, name: str) -> dict[str, Json]:
        """Return one section of the merged document."""
        return cast("dict[str, Json]", self.document[name])

    def stamp(self) -> dict[str, Json]:
        """Return what tells which policy was in force.

        `version`, `sha256`, and counts of masking rules: all `rules` in force, `own_rules` and `optional_rules` among
        them.
        """
        section = self.section("masking")
        built_in = {rule["id"] for rule in default_policy().section("masking")["rules"]}
        enabled = [entry if isinstance(entry, str) else entry["rule"] for entry in section.get("enable", ())]
        optional = [rule["id"] for rule in section["rules"] if rule.get("optional")]
        switched_on = [id_ for id_ in optional if any(f"{id_}.".startswith(f"{name}.") for name in enabled)]
        return {
            "version": self.version,
            "sha256": self.sha256,
            "rules": len(section["rules"]) - len(optional) + len(switched_on),
            "own_rules": sum(rule["id"] not in built_in for rule in section["rules"]),
            "optional_rules": len(switched_on),
        }


@cache
def default_policy() -> Policy:
    """Return the packaged policy. Not validated here: a test validates it, so that a cold start need not."""
    document = {name: _packaged("default", name) for name in SECTIONS}
    return Policy(_version("default", document), document)


def load_policy(text: str | bytes) -> Policy:
    """Overlay a policy document (JSON text) on the packaged default.

    Objects merge key by key. Lists of objects with an `id` merge by id, new ones behind. Any other value replaces.

    Raises:
        PolicyError: not JSON, an unknown section, a shape the schema refuses, an id that stands twice, a record class
            that is not there. Values are never quoted.
    """
    overlay = parse_document(text)
    default = default_policy().document
    document = {name: overlaid(default[name], name, overlay) for name in SECTIONS}
    if overlay.keys() & {"log_groups", "archive"}:
        check_classes(document)
    if "budgets" in overlay:
        check_budgets(document["budgets"])
    if "llm" in overlay:
        check_days(document["llm"])
    if "masking" in overlay:
        check_bounds(document["masking"], default["masking"])
    sha256 = hashlib.sha256(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")).hexdigest()
    return Policy(_version(version_name(overlay), document), document, sha256)


def parse_document(text: str | bytes) -> dict[str, Json]:
    """Read a document as what it lays over the packaged policy, its sections not looked into.

    Raises:
        PolicyError: too large, not JSON, a key that stands twice, an unknown section.
    """
    overlay = _parse(text)
    unknown = sorted(set(overlay) - {*SECTIONS, "version", "$schema"})
    if unknown:
        named = f" {unknown[0]!r}" if is_name(unknown[0]) else ""
        raise PolicyError("document", f"unknown section{named}; known are {', '.join(SECTIONS)}")
    return overlay


def version_name(overlay: Mapping[str, Json]) -> str:
    """Return what a document calls itself, ASCII: it becomes a dimension of a metric and a field of manifests."""
    name = str(overlay.get("version") or "unnamed")[:VERSION_LIMIT_CHARS]
    return re.sub(r"[^A-Za-z0-9_.:/@ -]", "-", name)


def overlaid(default: Json, name: str, overlay: Mapping[str, Json]) -> Json:
    """Return one section, the document's laid over the default one; raise `PolicyError` when it is not valid."""
    if name not in overlay:
        return default
    if not isinstance(overlay[name], dict):
        raise PolicyError(name, "a section must be a JSON object")
    for key, value in overlay[name].items():
        check_ids(f"{name}.{key if is_name(key) else '*'}", value)
    section = merge(default, overlay[name])
    check_section(name, section)
    return section


def check_ids(place: str, value: Json) -> None:
    """Raise `PolicyError` when two entries of a list have the same id: the second would be laid over the first."""
    if not _is_identified(value):
        return
    for entry, times in Counter(item["id"] for item in value).items():
        if times > 1:
            raise PolicyError(f"{place}.{entry}" if is_name(entry) else place, "two entries have the same id")


def check_bounds(section: Json, packaged: Json) -> None:
    """Raise `PolicyError` when a team's masking rules would take seconds to compile at each cold start."""
    built_in = {rule["id"] for rule in packaged["rules"]}
    own = [rule for rule in section["rules"] if rule["id"] not in built_in]
    for field, limit in OWN_RULES_LIMIT_CHARS.items():
        chars = sum(len("".join(rule.get(field, ()))) for rule in own)
        if chars > limit:
            raise PolicyError(
                "masking.rules",
                f"{field} of all rules together have {chars} characters, at most {limit} compile in time",
            )


def check_section(name: str, section: Json) -> None:
    """Hold one section against its schema; raise `PolicyError` naming the place."""
    import fastjsonschema  # noqa: PLC0415 - loaded only when a team's own document arrives

    try:
        _validator(name)(section)
    except fastjsonschema.JsonSchemaValueException as refusal:
        place = place_of(name, section, refusal.path[1:])
        raise PolicyError(place, reason_of(refusal.rule or "", refusal.definition, refusal.value)) from None


def check_classes(document: Mapping[str, Json]) -> None:
    """Raise `PolicyError` when a kind of log group, an exception or the default names a class the archive lacks."""
    known = {item["id"] for item in document["archive"]["classes"]}
    if document["archive"]["default_class"] not in known:
        raise PolicyError("archive.default_class", "names a record class that archive.classes does not have")
    for place in ("kinds", "exceptions"):
        for number, item in enumerate(document["log_groups"].get(place, ())):
            named = item.get("class", ())
            if not {named} <= known if isinstance(named, str) else not set(named) <= known:
                raise PolicyError(
                    f"log_groups.{place}.{number}.class", "names a record class that archive.classes does not have"
                )


def check_budgets(section: Json) -> None:
    """Raise `PolicyError` when a budget has no limit, or counts by the days of a time zone that does not exist.

    Where the machine has no time zone database (only `trace_llm` ships one, and only it counts), zones are not held
    against it.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - only a team's own budgets need it

    def exists(name: str) -> bool:
        try:
            return bool(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return False

    zones = {"time_zone": section["time_zone"]}
    for rule in section["rules"]:
        if not {"daily_usd", "daily_tokens"} & rule.keys():
            raise PolicyError(f"budgets.rules.{rule['id']}", "must have daily_usd or daily_tokens")
        if "time_zone" in rule:
            zones[f"rules.{rule['id']}.time_zone"] = rule["time_zone"]
    for place, name in zones.items() if exists("Etc/UTC") else ():
        if not exists(name):
            raise PolicyError(f"budgets.{place}", "names no time zone of the IANA database")


def check_days(section: Json) -> None:
    """Raise `PolicyError` when a price or multiplier holds from or until no day of the calendar, or on none at all."""
    for name in ("prices", "tiers", "regions"):
        for rule in section[name]:
            place, days = f"llm.{name}.{rule['id']}", {key: rule[key] for key in ("from", "until") if key in rule}
            for key, day in days.items():
                if not _is_day(day):
                    raise PolicyError(f"{place}.{key}", "is no day of the calendar")
            if len(days) == 2 and days["from"] > days["until"]:
                raise PolicyError(place, "ends before it begins: until must not lie before from")


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def merge(base: Json, overlay: Json) -> Json:
    """Lay `overlay` over `base`: objects by key, lists of identified objects by `id`, anything else replaced."""
    if isinstance(base, dict) and isinstance(overlay, dict):
        merged = {**base, **overlay}
        merged.update({key: merge(base[key], overlay[key]) for key in base.keys() & overlay.keys()})
        return merged
    if _is_identified(base) and _is_identified(overlay):
        by_id = {item["id"]: item for item in base}
        for item in overlay:
            by_id[item["id"]] = merge(by_id[item["id"]], item) if item["id"] in by_id else item
        return list(by_id.values())
    return overlay


def _is_identified(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in value)


def _parse(text: str | bytes) -> dict[str, Json]:
    if len(text) > DOCUMENT_LIMIT_CHARS:
        raise PolicyError("document", f"larger than {DOCUMENT_LIMIT_CHARS} characters")
    try:
        document = json.loads(text, object_pairs_hook=_unequal)
    except json.JSONDecodeError as error:
        raise PolicyError("document", f"is not JSON at line {error.lineno} column {error.colno}") from None
    except (ValueError, RecursionError):
        raise PolicyError("document", "is not JSON") from None
    if not isinstance(document, dict):
        raise PolicyError("document", "must be a JSON object")
    return document


def _unequal(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Make an object; a key that stands twice is refused, because JSON would silently keep only the second."""
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise PolicyError("document", f"the key {twice!r} stands twice" if is_name(twice) else "a key stands twice")
    return made


def _packaged(folder: str, name: str) -> Json:
    return json.loads(files(__package__).joinpath(folder, f"{name}.json").read_text("utf-8"))


@cache
def _validator(name: str) -> Callable[[Json], object]:
    import fastjsonschema  # noqa: PLC0415 - see check_section

    return cast("Callable[[Json], object]", fastjsonschema.compile(_packaged("schema", name)))


def _version(name: str, document: Mapping[str, Json]) -> str:
    content = json.dumps(document, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return f"{name}+{hashlib.sha256(content).hexdigest()[:12]}"
