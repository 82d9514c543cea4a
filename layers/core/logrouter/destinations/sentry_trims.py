"""What an event gives up, step by step, when it is too large: first what tells least, last what Sentry groups by.

Own frames with their source lines and the causes decide which issue an event belongs to; as long as they stay, a large
event and a small one of the same failure stay together.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from logrouter.destinations.sentry_fields import cut
from logrouter.model import Json

type Event = dict[str, Json]

TRIMMED: Final = "logrouter.trimmed"
"""The tag that names the last step that was taken."""

TEXT_CHARS: Final = 2_000
"""What is kept of messages when they are cut."""


def _stacks(event: Event) -> Iterator[dict[str, Json]]:
    for value in event.get("exception", {}).get("values", ()):
        if "stacktrace" in value:
            yield value["stacktrace"]


def _without(*names: str, foreign_only: bool = False) -> Callable[[Event], None]:
    """Take fields out of frames."""

    def trim(event: Event) -> None:
        for stack in _stacks(event):
            for frame in stack["frames"]:
                if not (foreign_only and frame["in_app"]):
                    for name in names:
                        frame.pop(name, None)

    return trim


def _keep_breadcrumbs(count: int) -> Callable[[Event], None]:
    def trim(event: Event) -> None:
        if count and "breadcrumbs" in event:
            event["breadcrumbs"] = {"values": event["breadcrumbs"]["values"][-count:]}
        elif not count:
            event.pop("breadcrumbs", None)

    return trim


def _keep_foreign_frames(count: int) -> Callable[[Event], None]:
    """Keep own frames, and the foreign ones that are next to the crash."""

    def trim(event: Event) -> None:
        for stack in _stacks(event):
            foreign = [number for number, frame in enumerate(stack["frames"]) if not frame["in_app"]]
            gone = set(foreign[:-count])
            kept = [frame for number, frame in enumerate(stack["frames"]) if number not in gone]
            stack["frames"] = kept or stack["frames"][-1:]

    return trim


def _keep_frames(count: int) -> Callable[[Event], None]:
    def trim(event: Event) -> None:
        for stack in _stacks(event):
            stack["frames"] = stack["frames"][-count:]

    return trim


def _drop_attributes(event: Event) -> None:
    event["contexts"].pop("attributes", None)
    event["contexts"].pop("stack", None)


def _cut_texts(event: Event) -> None:
    """Cut messages; the template and its parameters stand for a text that is whole, so they go with its end."""
    entry = event["logentry"]
    if len(entry["formatted"]) > TEXT_CHARS:
        event["logentry"] = {"formatted": cut(entry["formatted"], TEXT_CHARS)}
    for value in event.get("exception", {}).get("values", ()):
        if "value" in value:
            value["value"] = cut(value["value"], TEXT_CHARS)


def _keep_exceptions(count: int) -> Callable[[Event], None]:
    def trim(event: Event) -> None:
        if "exception" in event:
            event["exception"]["values"] = event["exception"]["values"][-count:]

    return trim


def _keep_crash(event: Event) -> None:
    for trim in (_keep_exceptions(1), _keep_frames(10), _without("context_line", "post_context", "abs_path")):
        trim(event)
    event["logentry"] = {"formatted": cut(event["logentry"]["formatted"], TEXT_CHARS)}
    event.pop("request", None)


TRIMS: Final[Mapping[str, Callable[[Event], None]]] = {
    "details of foreign frames": _without("context_line", "post_context", "abs_path", foreign_only=True),
    "older breadcrumbs": _keep_breadcrumbs(20),
    "foreign frames": _keep_foreign_frames(30),
    "breadcrumbs": _keep_breadcrumbs(0),
    "attributes": _drop_attributes,
    "texts": _cut_texts,
    "frames": _keep_frames(100),
    "source": _without("context_line", "post_context", "abs_path"),
    "causes": _keep_exceptions(3),
    "all but the crash": _keep_crash,
}
"""What is given up, in this order, to bring an event below its limit."""
