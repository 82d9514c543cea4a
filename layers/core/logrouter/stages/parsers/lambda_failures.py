"""What ends an invocation, an init or a restore without the program's own word, told from status and error type.

Statuses and error types: docs.aws.amazon.com, "Understanding the Lambda execution environment lifecycle" (failures of
the init, restore and invoke phase) and "Lambda Telemetry API Event schema reference"; `Extension.*` and
`Runtime.Invalid*` from the source of aws/aws-lambda-runtime-interface-emulator, lambda/fatalerror (2026-11-20).
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.parser import Fields

TIMEOUT: Final = "Lambda.Timeout"
OUT_OF_MEMORY: Final = "Lambda.OutOfMemory"
RUNTIME_EXITED: Final = "Lambda.RuntimeExited"
INIT_FAILED: Final = "Lambda.InitFailed"
RESTORE_FAILED: Final = "Lambda.RestoreFailed"
EXTENSION_FAILED: Final = "Lambda.ExtensionFailed"
INVOCATION_FAILED: Final = "Lambda.InvocationFailed"

BROKEN: Final = frozenset({"error", "failure", "timeout"})
"""Statuses of a phase that did not succeed."""

_TIMED_OUT = frozenset({"Sandbox.Timedout", "Sandbox.Timeout"})
_EXITS = frozenset({"Runtime.ExitError", "Runtime.Exit"})
_PHASES = {"init": ("Initialisation", INIT_FAILED), "restore": ("Restore", RESTORE_FAILED)}


def failure_of(phase: str, status: str, facts: Mapping[str, Json]) -> ErrorInfo | None:
    """Return what went wrong, None when nothing did.

    Args:
        phase: `invoke`, `init`, `restore` or `extension`.
        status: as the platform words it; empty where it states none.
        facts: attributes as `lambda_platform` names them: `error_type`, `duration_ms`, sizes of memory.
    """
    error_type = str(facts.get("error_type") or "")
    if status not in BROKEN and not error_type:
        return None
    if error_type.endswith("OutOfMemory"):
        return ErrorInfo(OUT_OF_MEMORY, memory_message(facts))
    if phase in _PHASES:
        word, kind = _PHASES[phase]
        how = f"timed out{_after(facts, f'{phase}_duration_ms')}" if status == "timeout" else f"failed: {error_type}"
        return ErrorInfo(kind, f"{word} {how if error_type or status == 'timeout' else 'failed'}")
    if phase == "extension" or error_type.startswith("Extension."):
        name = " ".join(str(word) for word in ("Extension", facts.get("Name") or facts.get("name")) if word)
        return ErrorInfo(EXTENSION_FAILED, f"{name} failed: {error_type or status}")
    if status == "timeout" or error_type in _TIMED_OUT:
        return ErrorInfo(TIMEOUT, f"Task timed out{_after(facts, 'duration_ms')}")
    is_exit = error_type in _EXITS
    return ErrorInfo(
        RUNTIME_EXITED if is_exit else INVOCATION_FAILED,
        "Runtime exited with an error" if is_exit else f"Invocation failed: {error_type or status}",
    )


def memory_message(facts: Mapping[str, Json]) -> str:
    """Say what was used of what there was, as far as that is known."""
    used, size = facts.get("max_memory_used_mb"), facts.get("memory_size_mb")
    return f"Out of memory: {used} MB used of {size} MB" if used and size else "Out of memory"


def put_failure(fields: Fields, error: ErrorInfo) -> None:
    """Make an error of a platform line; what it said becomes an attribute, so that the message can say what is wrong.

    An invocation that failed is an error, for the runtime lives on; everything else ends it and is fatal.
    """
    fields["level"] = Level.ERROR if error.type == INVOCATION_FAILED else Level.FATAL
    fields["error"] = error
    if fields["message"] != error.message:
        fields["attributes"]["platform_line"] = fields["message"]
        fields["message"] = error.message or fields["message"]


def _after(facts: Mapping[str, Json], name: str) -> str:
    duration = facts.get(name)
    return f" after {duration / 1000:.2f} seconds" if isinstance(duration, int | float) else ""
