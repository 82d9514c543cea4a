"""Recognise requests in the log export of Portkey's gateway: `ai_model` with `req_units` and `res_units`.

Format: Portkey, Logs Export (2026-11-20): `cost` in US cents, `response_time` in milliseconds, units are tokens.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.surroundings import INPUT_NAMES, parameters_of
from logrouter.stages.llm.reading.usage import Counts, exclusive, odd_total

EXAMPLES = (
    {
        "ai_org": "openai",
        "ai_model": "gpt-4o-mini",
        "req_units": 1000,
        "res_units": 200,
        "total_units": 1200,
        "cost": 0.027,
        "cost_currency": "USD",
        "response_time": 1450,
        "response_status_code": 200,
    },
)
NO_EXAMPLES = (
    {"ai_model": "gpt-4o-mini", "ai_org": "openai"},
    {"req_units": 3, "res_units": 4, "unit": "kWh"},
)

_CENTS: Final = 100
_FIRST_ERROR: Final = 400


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one request that went to a model; its tokens count cached ones inside."""
    found = Fields(document)
    model = found.text("aimodel")
    if model is None or not ("requnits" in found or "resunits" in found):
        return None
    counts = Counts(found.whole("requnits"), found.whole("resunits"), found.whole("totalunits"))
    cents = found.money("cost") if (found.text("costcurrency") or "USD").upper() == "USD" else None
    status = found.whole("responsestatuscode")
    asked = Fields(found.mapping("request"))
    finding = Finding(
        "portkey",
        complete=True,
        model=model,
        provider=found.text("aiorg"),
        trace_id=found.text("traceid"),
        usage=exclusive(counts),
        cost={"total": cents / _CENTS} if cents else {},
        input=asked.get(*INPUT_NAMES),
        output=found.get("response"),
        parameters=parameters_of(asked),
        at_ms=found.time_ms("createdat"),
        latency_ms=found.duration_ms("responsetime"),
        error=f"HTTP {status}" if status is not None and status >= _FIRST_ERROR else None,
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    return finding
