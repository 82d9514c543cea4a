"""The destinations by name. A module is loaded when it is asked for, so that a function loads its own only."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final, cast

from logrouter.destinations.contract import Destination

MODULES: Final[Mapping[str, tuple[str, str]]] = {
    "sentry": ("logrouter.destinations.sentry", "SENTRY"),
    "langfuse": ("logrouter.destinations.langfuse", "LANGFUSE"),
    "slack": ("logrouter.destinations.slack", "SLACK"),
}
"""Name, as it stands in `Delivery.destination`, to module and object."""


def destination_of(name: str) -> Destination:
    """Return the destination of that name; KeyError when there is none."""
    module, attribute = MODULES[name]
    return cast("Destination", getattr(import_module(module), attribute))
