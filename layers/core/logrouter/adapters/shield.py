"""The last line of a handler: what ends an invocation is logged, and a foreign exception's text stays inside."""

from collections.abc import Iterator
from contextlib import contextmanager

from logrouter.adapters.aws import error_code
from logrouter.adapters.telemetry import Telemetry, location
from logrouter.errors import LogrouterError


@contextmanager
def shielded(telemetry: Telemetry) -> Iterator[None]:
    """Let exceptions of ours pass, logged; replace others by code or type and place: their text may quote a record.

    Raises:
        LogrouterError: names the function, AWS's code or the exception's type, and where it came from.
    """
    try:
        yield
    except LogrouterError as error:
        telemetry.error("invocation failed", why=str(error))
        raise
    except Exception as error:  # noqa: BLE001 - see above
        where, why = location(error.__traceback__), error_code(error)
        telemetry.error("invocation failed", why=why, where=where)
        raise LogrouterError(f"{telemetry.function}: {why} at {where}") from None
    finally:
        telemetry.flush()
