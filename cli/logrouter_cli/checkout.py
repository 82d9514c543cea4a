"""Run a function of this checkout in this process: functions are not part of the installed package."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

from logrouter_cli.command import CommandError

CHECKOUT: Final = Path(__file__).resolve().parents[2]
"""The project's folder."""

TIMEOUT_MS: Final = 300_000
"""Remaining time that the function is told."""


@dataclass(frozen=True, slots=True)
class LocalContext:
    """What a handler reads of Lambda's context object."""

    function_name: str
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1024

    @property
    def invoked_function_arn(self) -> str:
        """An ARN that looks like one."""
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left: always the same, nothing ends a local run."""
        return TIMEOUT_MS


def load_handler(function: str, *, otherwise: str) -> Callable[..., Any]:
    """Load a function's handler from the checkout that this command runs from, as a fresh container does.

    Args:
        function: folder name.
        otherwise: what the user can do without a checkout.

    Raises:
        CommandError: there is no checkout around this command.
    """
    path = CHECKOUT / "functions" / function / "app.py"
    spec = spec_from_file_location(f"local_{function}", path) if path.exists() else None
    if spec is None or spec.loader is None:
        raise CommandError(f"this needs a checkout of logrouter with its functions; {otherwise}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[..., Any] = module.handler
    return handler
