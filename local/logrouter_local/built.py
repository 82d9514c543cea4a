"""Read what `sam build` made: the functions with their code, layers, limits and variables, by sam's own resolution."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logrouter_local.places import BUILD, ROOT, architecture

MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
"""Processors by `e_machine` of an ELF header, in Lambda's words."""


class BuiltError(Exception):
    """The artifacts are missing or do not hold what was asked for; the message says what to do."""


@dataclass(frozen=True)
class BuiltFunction:
    """One function of the built template.

    Args:
        name: logical id in the template.
        handler: `module.function`.
        code: folder of its code and packages.
        layers: folders of its layers; each holds `python/`.
        timeout_s: template's Timeout.
        memory_mb: template's MemorySize.
        variables: its environment as `sam local` resolves it, except that what only a deployment knows (the name of a
            bucket, of a queue) is empty, where sam would put the logical id.
    """

    name: str
    handler: str
    code: Path
    layers: tuple[Path, ...] = ()
    timeout_s: int = 3
    memory_mb: int = 128
    variables: Mapping[str, str] = field(default_factory=dict)


def built_functions(build: Path = BUILD) -> dict[str, BuiltFunction]:
    """Return every function of the built template by logical id; raise `BuiltError` when nothing was built."""
    template = build / "template.yaml"
    if not template.exists():
        near = build.relative_to(ROOT) if build.is_relative_to(ROOT) else build
        raise BuiltError(f"{near} holds no built template: run `make build` first")
    from samcli.lib.providers.sam_function_provider import SamFunctionProvider  # noqa: PLC0415 - takes half a second
    from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider  # noqa: PLC0415

    stacks, _ = SamLocalStackProvider.get_stacks(str(template))
    resources = set(stacks[0].resources)
    return {function.name: _read(function, build, resources) for function in SamFunctionProvider(stacks).get_all()}


def check_runs_here(function: BuiltFunction) -> None:
    """Raise `BuiltError` when the function's compiled packages are for another processor than this machine's."""
    compiled = (path for folder in (function.code, *function.layers) for path in sorted(folder.rglob("*.so")))
    for path in compiled:
        with path.open("rb") as file:
            header = file.read(20)
        machine = MACHINES.get(int.from_bytes(header[18:20], "little")) if header[:4] == b"\x7fELF" else None
        if machine not in {None, architecture()}:
            raise BuiltError(
                f"{function.name} was built for {machine}, and this machine is {architecture()}: "
                f"run `make build ARCHITECTURE={architecture()}`, and for a deployment build again without it"
            )


def read_overrides(path: Path | None, function: str) -> dict[str, str]:
    """Read an `--env-vars` file as `sam local` does: `{"Parameters": {...}}` or `{"<Function>": {...}}`, or both."""
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BuiltError(f"{path} is not a readable JSON file ({type(error).__name__})") from None
    merged = {**document.get("Parameters", {}), **document.get(function, {})}
    return {name: _text(value) for name, value in merged.items()}


def _read(function: Any, build: Path, resources: Collection[str]) -> BuiltFunction:
    declared = (function.environment or {}).get("Variables", {})
    return BuiltFunction(
        name=function.name,
        handler=function.handler,
        code=_folder(function.codeuri, build),
        layers=tuple(_folder(layer.codeuri, build) for layer in function.layers if layer.codeuri),
        timeout_s=int(function.timeout or 3),
        memory_mb=int(function.memory or 128),
        variables={name: _known(value, resources) for name, value in declared.items()},
    )


def _known(value: object, resources: Collection[str]) -> str:
    if not isinstance(value, str):
        return ""
    named = value.rpartition(":")[2].partition(".")[0]
    return "" if named in resources else value


def _folder(uri: str, build: Path) -> Path:
    path = Path(uri)
    return path if path.is_absolute() else (build / path).resolve()


def _text(value: object) -> str:
    return {True: "true", False: "false", None: ""}[value] if value is None or isinstance(value, bool) else str(value)
