"""Policy documents: overlay a team's document on the packaged default and refuse it with a place and a reason.

Pure: text in, `Policy` out. Fetching (S3, file, ETag, time to live) is `logrouter.adapters.policy_source`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from logrouter.errors import PolicyError
from logrouter.model import Json

SECTIONS = ("masking", "log_groups", "routes", "errors", "llm", "archive", "alerts")
"""Every section of the document; each has a packaged default and a schema."""

DOCUMENT_LIMIT_CHARS = 1_000_000
"""A larger document is refused unread."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole, valid policy.

    Args:
        version: the document's own `version`, plus the first 12 hex digits of the SHA-256 of its content; goes out as
            a metric and onto archive manifests.
        document: section name to section, default and overlay merged.
    """

    version: str
    document: Mapping[str, Json]

    def section(self, name: str) -> dict[str, Json]:
        """Return one section of the merged document."""
        return cast("dict[str, Json]", self.document[name])


@cache
def default_policy() -> Policy:
    """Return the packaged policy. Not validated here: a test validates it, so that a cold start need not."""
    document = {name: _packaged("default", name) for name in SECTIONS}
    return Policy(_version("default", document), document)


def load_policy(text: str | bytes) -> Policy:
    """Overlay a policy document (JSON text) on the packaged default.

    Objects merge key by key. Lists of objects with an `id` merge by id, new ones behind. Any other value replaces.

    Raises:
        PolicyError: not JSON, an unknown section, a shape the schema refuses, a record class that is not there. Values
            are never quoted.
    """
    overlay = _parse(text)
    unknown = sorted(set(overlay) - {*SECTIONS, "version", "$schema"})
    if unknown:
        raise PolicyError("document", f"unknown section {unknown[0][:40]!r}; known are {', '.join(SECTIONS)}")
    default = default_policy().document
    for name in SECTIONS:
        if name in overlay and not isinstance(overlay[name], dict):
            raise PolicyError(name, "a section must be a JSON object")
    document = {name: merge(default[name], overlay.get(name, {})) for name in SECTIONS}
    for name in SECTIONS:
        if name in overlay:
            check_section(name, document[name])
    if overlay.keys() & {"log_groups", "archive"}:
        check_classes(document)
    return Policy(_version(str(overlay.get("version", "unnamed"))[:40], document), document)


def check_section(name: str, section: Json) -> None:
    """Hold one section against its schema; raise `PolicyError` naming the place."""
    import fastjsonschema  # noqa: PLC0415 - loaded only when a team's own document arrives

    try:
        _validator(name)(section)
    except fastjsonschema.JsonSchemaValueException as refusal:
        place = ".".join([name, *map(str, refusal.path[1:])])
        raise PolicyError(place, f"breaks the rule {refusal.rule!r}: {refusal.rule_definition!r:.200}") from None


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
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)


def _parse(text: str | bytes) -> dict[str, Json]:
    if len(text) > DOCUMENT_LIMIT_CHARS:
        raise PolicyError("document", f"larger than {DOCUMENT_LIMIT_CHARS} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise PolicyError("document", "is not JSON") from None
    if not isinstance(document, dict):
        raise PolicyError("document", "must be a JSON object")
    return document


def _packaged(folder: str, name: str) -> Json:
    return json.loads(files(__package__).joinpath(folder, f"{name}.json").read_text("utf-8"))


@cache
def _validator(name: str) -> Callable[[Json], object]:
    import fastjsonschema  # noqa: PLC0415 - see check_section

    return cast("Callable[[Json], object]", fastjsonschema.compile(_packaged("schema", name)))


def _version(name: str, document: Mapping[str, Json]) -> str:
    content = json.dumps(document, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return f"{name}+{hashlib.sha256(content).hexdigest()[:12]}"
