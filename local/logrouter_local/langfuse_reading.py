"""The two questions of Langfuse's API that find observations in real time: v2 observations, and v2 metrics. Pure.

As the server answers them (source of 4.16.0, measured copies; 2026-11-20): rows are not deduplicated; a page goes on
strictly behind the last row of the one before, so a second copy of that very row is skipped; `filter` replaces the
other conditions; a metrics query returns at most `row_limit` rows and says nothing of the others.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

from logrouter_local.langfuse_rows import FIELDS, shown

MOST: Final = 1_000
DEFAULT_LIMIT: Final = 50
DEFAULT_ROWS: Final = 100
COLUMNS: Final = frozenset(
    {
        *("id", "traceId", "type", "name", "environment", "level", "version", "userId", "sessionId", "release"),
        *("statusMessage", "traceName", "promptName", "model", "providedModelName"),
    }
)
DIMENSIONS: Final = frozenset(
    {"environment", "type", "name", "level", "version", "release", "traceName", "providedModelName", "promptName"}
)
UNBOUNDED: Final = frozenset({"id", "traceId", "userId", "sessionId", "parentObservationId"})

type Row = Mapping[str, Any]
type Test = Callable[[Row], bool]


class RefusedError(Exception):
    """The question is answered with 400; the text is the server's message."""


def observations(rows: Iterable[Row], query: str) -> dict[str, Any]:
    """Answer `GET /api/public/v2/observations`: `{"data": [...], "meta": {"cursor": ...}}`."""
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    limit = _limit(asked.get("limit", str(DEFAULT_LIMIT)))
    if asked.get("parseIoAsJson") == "true":
        raise RefusedError("parseIoAsJson=true is no longer supported on the v2 observations endpoint.")
    tests = [_condition(each) for each in _filters(asked["filter"])] if "filter" in asked else _simple(asked)
    found = sorted((row for row in rows if all(test(row) for test in tests)), key=_place, reverse=True)
    if "cursor" in asked:
        behind = _read_cursor(asked["cursor"])
        found = [row for row in found if _place(row) < behind]
    page = found[:limit]
    meta = {"cursor": _cursor(page[-1])} if len(found) > limit and page else {}
    groups = [name for name in asked.get("fields", "core,basic").split(",") if name in FIELDS]
    expanded = asked.get("expandMetadata", "").split(",")
    return {"data": [shown(row, groups, expanded) for row in page], "meta": meta}


def metrics(rows: Iterable[Row], query: str) -> dict[str, Any]:
    """Answer `GET /api/public/v2/metrics` for the view `observations`: `{"data": [...]}`."""
    try:
        asked = json.loads(parse_qs(query)["query"][-1])
        view, wanted = asked["view"], [(each["measure"], each["aggregation"]) for each in asked["metrics"]]
        since, until = (_moment(asked[name]) for name in ("fromTimestamp", "toTimestamp"))
    except (KeyError, ValueError, TypeError):
        raise RefusedError("Invalid JSON in query parameter") from None
    names = [each["field"] for each in asked.get("dimensions") or ()]
    most = int((asked.get("config") or {}).get("row_limit", DEFAULT_ROWS))
    if view != "observations" or not since < until or not 1 <= most <= MOST or not wanted:
        raise RefusedError("Invalid request data")
    for name in names:
        if name in UNBOUNDED or name not in DIMENSIONS:
            raise RefusedError(f"High cardinality or unknown dimension '{name}'")
    tests = [_condition(each) for each in asked.get("filters") or ()]
    granularity = (asked.get("timeDimension") or {}).get("granularity")
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if since <= _moment(row["startTime"]) < until and all(test(row) for test in tests):
            bucket = _bucket(row["startTime"], granularity) if granularity else None
            groups.setdefault((bucket, *(row[name] for name in names)), []).append(row)
    answer = []
    for (bucket, *values), members in sorted(groups.items(), key=lambda item: str(item[0])):
        line = dict(zip(names, values, strict=True)) | ({"time_dimension": bucket} if granularity else {})
        answer.append(line | {f"{how}_{what}": _measure(what, how, members) for what, how in wanted})
    return {"data": answer[:most]}


def _measure(what: str, how: str, rows: Sequence[Row]) -> Any:
    if (what, how) == ("count", "count"):
        return str(len(rows))  # a 64-bit number is text in ClickHouse's JSON
    if how != "sum" or what not in {"totalTokens", "totalCost"}:
        raise RefusedError(f"Invalid metric {how} {what}")
    if what == "totalTokens":
        return str(sum(row["usageDetails"].get("total", 0) for row in rows))
    costs = [row["totalCost"] for row in rows if row["totalCost"] is not None]
    return round(sum(costs), 12) if costs else None


def _bucket(start: str, granularity: str) -> str:
    if granularity not in {"hour", "day"}:
        raise RefusedError("Invalid time granularity")
    return f"{start[:13]}:00:00.000Z" if granularity == "hour" else f"{start[:10]}T00:00:00.000Z"


def _limit(text: str) -> int:
    if not text.isdigit() or int(text) > MOST:
        raise RefusedError(f"limit must be at most {MOST}")
    return int(text)


def _filters(text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        raise RefusedError("Invalid JSON in filter") from None
    if not isinstance(found, list):
        raise RefusedError("filter must be an array")
    return found


def _simple(asked: Mapping[str, str]) -> list[Test]:
    """Return the conditions of single query parameters."""
    names = ("traceId", "type", "name", "environment", "level", "userId", "sessionId", "version")
    bounds = (("fromStartTime", ">="), ("toStartTime", "<"))
    return [
        *(_equals(name, asked[name]) for name in names if name in asked),
        *(_before_or_after("startTime", operator, asked[name]) for name, operator in bounds if name in asked),
    ]


def _condition(filter_: Mapping[str, Any]) -> Test:
    """Return one condition of a structured filter. Raises RefusedError for what the server does not know."""
    kind, column, operator = (str(filter_.get(name)) for name in ("type", "column", "operator"))
    value = filter_.get("value")
    if kind == "datetime" and column in {"startTime", "endTime"} and operator in {">", "<", ">=", "<="}:
        return _before_or_after(column, operator, str(value))
    if kind == "string" and column in COLUMNS and operator == "=":
        return _equals(column, str(value))
    if kind == "stringOptions" and column in COLUMNS and operator in {"any of", "none of"} and value:
        return _one_of(column, frozenset(value), wanted=operator == "any of")
    if kind == "stringObject" and column == "metadata" and operator == "=" and "key" in filter_:
        key = str(filter_["key"])
        return lambda row: row["metadata"].get(key) == value
    raise RefusedError(f"Invalid filter for field '{column}'")


def _equals(column: str, value: str) -> Test:
    return lambda row: row[column] == value


def _one_of(column: str, values: frozenset[str], *, wanted: bool) -> Test:
    return lambda row: (row[column] in values) is wanted


def _before_or_after(column: str, operator: str, moment: str) -> Test:
    bound = _moment(moment)
    tests: dict[str, Test] = {
        ">": lambda row: _moment(row[column]) > bound,
        "<": lambda row: _moment(row[column]) < bound,
        ">=": lambda row: _moment(row[column]) >= bound,
        "<=": lambda row: _moment(row[column]) <= bound,
    }
    return tests[operator]


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise RefusedError("Invalid datetime") from None


def _place(row: Row) -> tuple[str, str, str]:
    """The order of the table; the real one has a hash of the trace id in the middle."""
    return row["startTime"], row["traceId"], row["id"]


def _cursor(row: Row) -> str:
    start, trace_id, id_ = _place(row)
    document = {"lastStartTimeTo": start, "lastTraceId": trace_id, "lastId": id_}
    return b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


def _read_cursor(text: str) -> tuple[str, str, str]:
    try:
        found = json.loads(b64decode(text, validate=True))
        return str(found["lastStartTimeTo"]), str(found["lastTraceId"]), str(found["lastId"])
    except (ValueError, KeyError, TypeError):
        raise RefusedError("Invalid cursor format") from None
