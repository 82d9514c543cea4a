"""The last line of a handler: what ends an invocation is logged, and a foreign exception's text stays inside."""

from collections.abc import Iterator
from contextlib import contextmanager

from logrouter.adapters.telemetry import Telemetry, location
from logrouter.errors import LogrouterError


@contextmanager
def shielded(telemetry: Telemetry) -> Iterator[None]:
    """Let exceptions of ours pass, logged; replace any other by its type and place, for its text may quote a record.

    Raises:
        LogrouterError: names the function, the exception's type and where it came from.
    """
    try:
        yield
    except LogrouterError as error:
        telemetry.error("invocation failed", why=str(error))
        raise
    except Exception as error:  # noqa: BLE001 - see above
        where = location(error.__traceback__)
        telemetry.error("invocation failed", why=type(error).__name__, where=where)
        raise LogrouterError(f"{telemetry.function}: {type(error).__name__} at {where}") from None
    finally:
        telemetry.flush()
