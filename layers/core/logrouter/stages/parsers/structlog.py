"""structlog's JSONRenderer: the message is `event`; tracebacks as text or as lists of dictionaries."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    return (
        isinstance(document.get("event"), str)
        and "level" in document
        and document.keys().isdisjoint({"message", "msg"})
    )


JSON = JsonParser(
    name="structlog",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"request_id":"req-1","amount":1000,"event":"charge failed","level":"error",'
            '"timestamp":"2026-11-20T05:58:10.787867Z","exception":[{"exc_type":"ValueError","exc_value":"boom",'
            '"is_cause":false,"frames":[{"filename":"/app/a.py","lineno":24,"name":"write"}]}]}'
        ),
    ),
)
