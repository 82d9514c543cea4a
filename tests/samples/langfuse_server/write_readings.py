"""Let Langfuse's own code read our exports, and keep what it made of them in tests/data/langfuse_server.json.

Run it again whenever a span changes or a newer server is to be held against; how is said in the README beside.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from logrouter.destinations.langfuse import encode_calls
from tests.unit.langfuse_calls import judged

HERE = Path(__file__).parent
READINGS = HERE.parents[1] / "data" / "langfuse_server.json"
LONGEST = 300


def exports() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the export of every payload that the server is to judge."""
    for name, calls in judged().items():
        (delivery,) = encode_calls(calls, "default", environment="prod")
        yield name, delivery.body


def digest(export: bytes) -> str:
    """Return by what an export is known in the readings."""
    return sha256(export).hexdigest()


def shortened(value: Any) -> Any:
    """Return a value with each long text replaced by its beginning and its length."""
    if isinstance(value, dict):
        return {name: shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    is_long = isinstance(value, str) and len(value) > LONGEST
    return f"{value[:100]}... {len(value)} characters" if is_long else value


def read_by(checkout: Path, modules: Path, asked: dict[str, bytes]) -> dict[str, Any]:
    """Return what one server makes of each export, by name."""
    bundle = modules / f"{checkout.name}.cjs"
    subprocess.run(["node", HERE / "bundle.mjs", checkout, bundle], check=True)
    lines = subprocess.run(
        ["node", HERE / "read.cjs", checkout, bundle],
        input=b"".join(export + b"\n" for export in asked.values()),
        capture_output=True,
        check=True,
    ).stdout.splitlines()
    return {name: shortened(json.loads(line)) for name, line in zip(asked, lines, strict=True)}


def main() -> None:
    """Let each server read; keep what the first read, and refuse to when another one reads something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", type=Path, help="folder with a node_modules; the bundles are written there")
    parser.add_argument("checkouts", type=Path, nargs="+", help="checkouts of Langfuse's repository")
    given = parser.parse_args()
    asked = dict(exports())

    readings = [read_by(checkout, given.modules, asked) for checkout in given.checkouts]
    if others := [name for name in asked for reading in readings if reading[name] != readings[0][name]]:
        raise SystemExit(f"read differently by another server: {', '.join(others)}")
    servers = [json.loads((place / "package.json").read_text("utf-8"))["version"] for place in given.checkouts]
    kept = {name: {"export": digest(export), **readings[0][name]} for name, export in asked.items()}
    document = {"servers": servers, "read": f"{datetime.now(UTC):%Y-%m-%d}", "readings": kept}
    READINGS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
