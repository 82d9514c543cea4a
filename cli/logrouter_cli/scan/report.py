"""Writes what a scan found: a table for people, JSON for programs, SARIF for code scanning. Counts and places only."""

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

from logrouter.model import Json
from logrouter_cli.scan.findings import IN_TEXT, Scan, Target

SCHEMA: Final = "logrouter.scan.v1"
"""Name of the JSON document's form (scan.schema.json); another form gets another name."""

SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_PACE: Final = "FilterLogEvents costs nothing for each GB; the account shares 10 calls a second in a Region"
"""CloudWatch pricing and CloudWatch Logs quotas, checked 2026-11-20."""
_RETRIEVAL: Final = "S3 bills each request, and each GB read from GLACIER_IR and the infrequent access classes"


def as_json(scan: Scan, policy_version: str, at: str) -> str:
    """Return the whole scan as one JSON document."""
    document = {
        "schema": SCHEMA,
        "at": at,
        "policy_version": policy_version,
        "complete": scan.is_complete,
        "ended_early": scan.ended_early,
        "values": scan.values,
        "accepted": sum(target.accepted for target in scan.targets),
        "records": scan.records,
        "bytes": scan.text_bytes,
        "requests": dict(sorted(scan.requests.items())),
        "targets": [_target(target) for target in scan.targets],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _target(target: Target) -> dict[str, Json]:
    return {
        "target": target.name,
        "kind": target.kind,
        "complete": target.is_complete,
        "parts": target.parts,
        "records": target.records,
        "records_found": target.records_hit,
        "bytes": target.text_bytes,
        "stored_bytes": target.stored_bytes,
        "values": target.values,
        "accepted": target.accepted,
        "rules": [
            {
                "rule": rule,
                "values": count.values,
                "records": count.records,
                "accepted": count.accepted,
                "paths": dict(count.paths.most_common()),
                "places": [_place(place) for place in count.places],
            }
            for rule, count in sorted(target.rules.items())
        ],
        "unjudged_records": target.unmasked,
        "unreadable": target.troubled,
        "troubles": [{"where": where, "why": why} for where, why in target.troubles],
        "skipped": dict(sorted(target.skipped.items())),
    }


def _place(place: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in place.items() if value not in (None, "")}


def as_table(scan: Scan) -> Iterator[str]:
    """Yield the lines of a table for people."""
    for target in scan.targets:
        if len(scan.targets) > 20 and not target.rules and target.is_complete:
            continue
        yield from _table_of(target)
    clean = sum(not target.values and target.is_complete for target in scan.targets)
    unread = sum(target.troubled for target in scan.targets)
    hit = sum(target.records_hit for target in scan.targets)
    said = f"{scan.values} values in {hit} of {scan.records} records ({_size(scan.text_bytes)}); "
    yield f"{said}{clean} of {len(scan.targets)} targets clean" + (f"; {unread} parts not readable" if unread else "")
    if scan.ended_early:
        yield f"ended early: {scan.ended_early}; this is what was found so far"


def _table_of(target: Target) -> Iterator[str]:
    parts = f", {target.parts} parts" if target.kind in {"directory", "archive"} else ""
    found = f"{target.values} values in {target.records_hit} records" if target.values else "nothing found"
    if not target.records and target.troubled:
        yield f"{target.name}: could not be read"
        yield from _troubles_of(target)
        return
    accepted = f", {target.accepted} accepted" if target.accepted else ""
    yield f"{target.name}: {found}{accepted} ({target.records} records, {_size(target.text_bytes)}{parts})"
    for rule, count in sorted(target.rules.items(), key=lambda item: (-item[1].values, item[0])):
        if not count.values:
            continue
        yield f"  {count.values:8}  {rule}"
        named = [(path, values) for path, values in count.paths.most_common(6) if path != IN_TEXT]
        if named:
            yield f"            in {', '.join(f'{path} ({values})' for path, values in named)}"
        for place in count.places:
            yield f"            {_where(_place(place))}"
        more = count.values - len(count.places)
        if count.places and more:
            yield f"            and {more} more"
    yield from _troubles_of(target)


def _troubles_of(target: Target) -> Iterator[str]:
    yield from (f"  {told}" for told in target.troubles_told())
    if target.unmasked:
        yield f"  not judged: {target.unmasked} records, the masking rules failed on them"
    for why, parts_left in sorted(target.skipped.items()):
        yield f"  left out: {parts_left} ({why})"


def _where(place: Mapping[str, Json]) -> str:
    words = []
    if part := place.get("file") or place.get("object"):
        line = f":{place['line']}" if "line" in place else ""
        words.append(f"{part}{line}" + (f":{place['column']}" if "column" in place else ""))
    if "log_group" in place:
        words += [str(place[name]) for name in ("log_group", "log_stream", "time", "event_id") if name in place]
    if "path" in place:
        words.append(f"({place['path']})")
    if "link" in place:
        words.append(str(place["link"]))
    return "  ".join(words)


def cost_lines(scan: Scan) -> Iterator[str]:
    """Yield what the scan asked of AWS, and what that costs."""
    if not scan.requests:
        return
    calls = ", ".join(f"{count} {operation}" for operation, count in sorted(scan.requests.items()))
    stored = sum(target.stored_bytes for target in scan.targets if target.kind == "archive")
    yield f"AWS: {calls}; {_size(stored or scan.text_bytes)} read"
    if scan.requests["FilterLogEvents"]:
        yield f"     {_PACE}"
    if scan.requests["GetObject"]:
        yield f"     {_RETRIEVAL}"


def as_sarif(scan: Scan) -> str:
    """Return the places as SARIF 2.1.0, the form that code scanning reads."""
    rules = sorted({rule for target in scan.targets for rule in target.rules})
    results = [
        _result(rule, place)
        for target in scan.targets
        for rule, count in sorted(target.rules.items())
        for place in count.places
    ]
    driver = {
        "name": "logrouter scan",
        "version": version("logrouter"),
        "rules": [
            {"id": rule, "shortDescription": {"text": f"A value that the masking rule {rule} hides"}} for rule in rules
        ],
    }
    notes = [
        {"level": "warning", "message": {"text": f"{where}: {why}"}}
        for target in scan.targets
        for where, why in target.troubles
    ]
    invocation = {"executionSuccessful": scan.is_complete, "toolExecutionNotifications": notes}
    run = {"tool": {"driver": driver}, "invocations": [invocation], "results": results}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _result(rule: str, place: Mapping[str, Json]) -> dict[str, Json]:
    place = _place(place)
    path = f" at {place['path']}" if "path" in place else ""
    location: dict[str, Any] = {}
    if "file" in place or "object" in place:
        location["physicalLocation"] = {"artifactLocation": {"uri": place.get("file") or place["object"]}}
        if "line" in place:
            columns = {"startColumn": place["column"]} if "column" in place else {}
            location["physicalLocation"]["region"] = {"startLine": place["line"], **columns}
    if "log_group" in place:
        names = [str(place[name]) for name in ("log_group", "log_stream", "time", "event_id") if name in place]
        location["logicalLocations"] = [{"fullyQualifiedName": " ".join(names)}]
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": f"Rule {rule} finds a value{path}. It should not be logged."},
        "locations": [location],
    }


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 100_000 else f"{size_bytes} bytes"
