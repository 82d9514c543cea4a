"""Read out of an answer what its price hangs on beside tokens: service tier, place, searches, and a cost it states.

Providers put these into the usage object or beside it; the names of several are the same.
"""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.surroundings import stated_cost
from logrouter.stages.llm.reading.units import count_calls, read_units

_TICKS = 10**10
"""xAI's ticks to the dollar (xAI, cost tracking, checked 2026-11-20)."""


def charge(finding: Finding, usage: Mapping[str, Json], answer: Mapping[str, Json]) -> Finding:
    """Fill service tier, region, units and cost from a usage object and the answer around it; returns the finding."""
    found, around = Fields(usage), Fields(answer)
    finding.service_tier = around.text("servicetier", "traffictype") or found.text("servicetier", "traffictype")
    if found.text("speed") == "fast":  # Anthropic's fast mode
        finding.service_tier = "fast"
    finding.region = found.text("inferencegeo")
    finding.units = {**count_calls(answer.get("output")), **read_units(usage)}
    finding.cost = _cost(found, usage)
    return finding


def finish(reason: Json) -> dict[str, Json]:
    """Return the metadata that a reason to stop is."""
    return {"finish_reason": reason} if isinstance(reason, str) and reason else {}


def _cost(found: Fields, usage: Mapping[str, Json]) -> dict[str, float]:
    """Return the cost that a usage object states. Where OpenRouter used the caller's own key, `cost` is its fee alone.

    The provider then charged `upstream_inference_cost` besides (OpenRouter, usage accounting, checked 2026-11-20).
    """
    ticks = found.whole("costinusdticks")
    if ticks is not None:
        return {"total": ticks / _TICKS}
    if found.get("cost") is None and found.get("totalcost") is None:
        return {}
    cost = stated_cost({name: value for name, value in usage.items() if name != "cost_details"})
    upstream = Fields(found.mapping("costdetails")).money("upstreaminferencecost")
    if found.get("isbyok") is True and upstream:
        return {"total": round(cost.get("total", 0) + upstream, 12)}
    return cost
