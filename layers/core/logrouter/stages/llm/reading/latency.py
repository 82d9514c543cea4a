"""Read how long an object of a log says that something took, under the names and in the units that teams use."""

from logrouter.model import Json
from logrouter.stages.llm.finding import NonsenseError
from logrouter.stages.llm.reading.fields import Fields, duration_with_unit_ms

_IN_MS = (
    "ms", "totalms", "timems", "totaltimems", "timetakenms", "processingms", "processingtimems", "executiontimems",
    "executionms", "requestdurationms", "requestms", "calldurationms", "llmms", "llmlatencyms", "llmdurationms",
    "apilatencyms", "modellatencyms", "responselatencyms", "latencymillis", "durationmillis", "elapsedmillis",
    "tookmillis", "latencymilliseconds", "durationmilliseconds", "elapsedmilliseconds", "elapsedtimems", "callms",
)  # fmt: skip
"""Names that say milliseconds, beside those that every format shares."""

_WITH_UNIT = (
    "took", "responsetime", "processingtime", "executiontime", "elapsedtime", "timetaken", "totaltime", "totalduration",
    "time", "timing", "runtime", "walltime",
)  # fmt: skip
"""Names that need a unit in their text to be understood."""

_TIMED = ("metrics", "timing", "timings", "performance", "perf")
"""Sections in which loggers put what they measured."""

_MORE_TIMES = frozenset({*_IN_MS, *_WITH_UNIT, *_TIMED})
_A_DAY_MS = 86_400_000


def latency_of(found: Fields) -> float | None:
    """Return how long a document says that it took, milliseconds."""
    in_ms = found.duration_ms(
        "latencyms", "durationms", "elapsedms", "responsetimems", "tookms", "totaldurationms", "latency", "duration"
    )
    if in_ms is not None:
        return in_ms
    in_s = found.duration_ms(
        "latencys", "latencyseconds", "durations", "durationseconds", "elapsed", "elapsedseconds", unit="s"
    )
    if in_s is not None:
        return in_s
    if not found.has_any(_MORE_TIMES):
        return None
    loose = next((said for name in _IN_MS if (said := _loose_ms(found.get(name))) is not None), None)
    if loose is None:
        loose = next(
            (said for name in _WITH_UNIT if (said := duration_with_unit_ms(found.get(name))) is not None), None
        )
    places = (Fields(found.mapping(name)) for name in _TIMED if loose is None and name in found)
    return next((said for place in places if (said := _inner_latency(place)) is not None), loose)


def _loose_ms(value: Json) -> float | None:
    """Return milliseconds of a name that others use too; what is no number of them says nothing."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < _A_DAY_MS else None


def _inner_latency(found: Fields) -> float | None:
    """Return how long a section of measures says that it took; it may measure something else, and never refuses."""
    try:
        return latency_of(found)
    except NonsenseError:
        return None
