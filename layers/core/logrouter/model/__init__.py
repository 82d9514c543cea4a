"""The values that travel through logrouter: log events, masked records, deliveries, verdicts and the books.

Everything here is data. Text that has not been masked has the type `RawText`; destinations, queues and stores accept
`MaskedText` only, so the type checker refuses a leak. Import from here: which module holds a value is its own affair.
"""

from logrouter.model.alerts import Alert, Severity
from logrouter.model.books import DropReason, Noticed, Settlement, Tally
from logrouter.model.deliveries import Delivery, Fate, Plan, Postponed, Verdict
from logrouter.model.log_items import LogItem
from logrouter.model.records import (
    SCALE,
    Batch,
    ErrorInfo,
    Frame,
    Issue,
    Level,
    LlmCall,
    LogEvent,
    MaskedEvent,
    Occurrence,
    Origin,
    Record,
)
from logrouter.model.text import OWN_MARKER, REPLAYS_FIELD, Json, MaskedText, RawText

__all__ = [
    "OWN_MARKER",
    "REPLAYS_FIELD",
    "SCALE",
    "Alert",
    "Batch",
    "Delivery",
    "DropReason",
    "ErrorInfo",
    "Fate",
    "Frame",
    "Issue",
    "Json",
    "Level",
    "LlmCall",
    "LogEvent",
    "LogItem",
    "MaskedEvent",
    "MaskedText",
    "Noticed",
    "Occurrence",
    "Origin",
    "Plan",
    "Postponed",
    "RawText",
    "Record",
    "Settlement",
    "Severity",
    "Tally",
    "Verdict",
]
