"""Structured log lines and metrics of a function, each line carrying the own marker. No payload text ever goes in.

Metrics are CloudWatch's embedded metric format, written by Powertools; names are listed in docs/delivery.md.
"""

import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from logrouter.model import Tally

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

NAMESPACE = "logrouter"
OWN_KEY = "logrouter_own"
"""With the value true and no blanks this serialises to `model.OWN_MARKER`."""

SILENCED = ("boto3", "botocore", "s3transfer", "urllib3")
"""Libraries whose log lines could quote requests, and so payload."""

_making = threading.Lock()


class Telemetry:
    """Log lines and counters of one function; counters are kept until `flush`.

    Args:
        function: folder name of the function; becomes `service` in log lines and as metric dimension.

    `policy_version` is the policy in force, once there is one; the log line `settled` names it.
    """

    def __init__(self, function: str) -> None:
        silence_libraries()  # before the first call they make: a secret is in the answer of Secrets Manager
        self.function = function
        self.policy_version: str | None = None
        self._values: Counter[tuple[tuple[tuple[str, str], ...], str, str]] = Counter()
        self._lock = threading.Lock()

    def info(self, message: str, **facts: Any) -> None:
        """Log a line; `facts` are names, ids, sizes and counts, never content."""
        self._log().info(message, extra=facts, stacklevel=3)

    def warning(self, message: str, **facts: Any) -> None:
        """Log something an operator may want to see."""
        self._log().warning(message, extra=facts, stacklevel=3)

    def error(self, message: str, **facts: Any) -> None:
        """Log something an operator has to look at."""
        self._log().error(message, extra=facts, stacklevel=3)

    def count(self, name: str, value: int = 1, unit: str = "Count", /, **dimensions: str) -> None:
        """Add to a metric; each set of dimensions is a metric of its own, so their values must be bounded."""
        with self._lock:
            self._values[tuple(sorted(dimensions.items())), name, unit] += value

    def gauge(self, name: str, value: int, /, **dimensions: str) -> None:
        """Set a metric that says how much there is, rather than how much was added."""
        with self._lock:
            self._values[tuple(sorted(dimensions.items())), name, "Count"] = value

    def report(self, tally: Tally, *, undelivered: int = 0, codes: Mapping[str, int] | None = None) -> None:
        """Count the books of one invocation, log them, and flush.

        Args:
            tally: the books, closed.
            undelivered: log events that the invocation leaves to Lambda to repeat: in no column of the tally.
            codes: how often each answer code was seen.
        """
        missing = abs(tally.missing - undelivered)
        self.count("ReceivedRecords", tally.received)
        self.count("DeliveredRecords", tally.delivered)
        self.count("HandedOverRecords", tally.handed_over)
        self.count("UndeliveredRecords", undelivered)
        self.count("MissingRecords", missing)
        self.count("MaskingFailures", tally.masking_failed)
        for reason, records in tally.dropped.items():
            if records:
                self.count("DroppedRecords", records, reason=reason.value)
        self.count("MaskedValues", tally.masked.total())
        for what, records in tally.noticed.items():
            self.count("NoticedRecords", records, what=what.value)
        for code, requests in (codes or {}).items():
            self.count("AnswerCodes", requests, code=code)
        facts = {"tally": tally.as_dict(), "undelivered": undelivered, "codes": dict(codes or {})}
        facts["policy"] = self.policy_version
        if missing:
            self.error("books do not balance", missing=missing, **facts)
        else:
            self.info("settled", **facts)
        self.flush()

    def flush(self) -> None:
        """Write the counters as embedded metrics: one line for each set of dimensions."""
        with self._lock:
            values, self._values = self._values, Counter()
        lines: dict[tuple[tuple[str, str], ...], list[tuple[str, str, int]]] = {}
        for (dimensions, name, unit), value in values.items():
            lines.setdefault(dimensions, []).append((name, unit, value))
        for dimensions, metrics in lines.items():
            self._emit(dict(dimensions), metrics)

    def _emit(self, dimensions: Mapping[str, str], metrics: list[tuple[str, str, int]]) -> None:
        from aws_lambda_powertools.metrics import EphemeralMetrics  # noqa: PLC0415 - not at import of a handler

        line = EphemeralMetrics(namespace=NAMESPACE, service=self.function)
        line.add_metadata(OWN_KEY, value=True)
        for name, value in dimensions.items():
            line.add_dimension(name, value[:200] or "none")
        for name, unit, count in metrics:
            line.add_metric(name=name, unit=unit, value=count)
        line.flush_metrics()

    def _log(self) -> "Logger":
        with _making:
            return _logger(self.function)


def location(trace: TracebackType | None) -> str:
    """Say where an exception came from (`courier.py:120`) without any of its text."""
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def silence_libraries() -> None:
    """Keep libraries from logging what they send: at debug level they print whole requests."""
    for name in SILENCED:
        library = logging.getLogger(name)
        library.setLevel(logging.CRITICAL + 1)
        library.propagate = False


@cache
def _logger(function: str) -> "Logger":
    from aws_lambda_powertools import Logger  # noqa: PLC0415 - not at import of a handler

    logger = Logger(service=function, logger_handler=_StandardOutput(), json_serializer=_to_line)
    logger.append_keys(**{OWN_KEY: True})
    return logger


class _StandardOutput(logging.StreamHandler[TextIO]):
    """Writes to whatever `sys.stdout` is at that moment, not at the time of construction."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # a property on purpose
        return sys.stdout


def _to_line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False, default=lambda value: type(value).__name__)
