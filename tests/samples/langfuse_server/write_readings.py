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


def main() -> None:
    """Bundle the server's code, let it read, write down what it read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a checkout of Langfuse's repository")
    parser.add_argument("bundle", type=Path, help="file to bundle into, beside a node_modules folder")
    parser.add_argument("--commit", default="", help="commit of the checkout")
    given = parser.parse_args()
    asked = dict(exports())

    subprocess.run(["node", HERE / "bundle.mjs", given.checkout, given.bundle], check=True)
    answered = subprocess.run(
        ["node", HERE / "read.cjs", given.checkout, given.bundle],
        input=b"".join(export + b"\n" for export in asked.values()),
        capture_output=True,
        check=True,
    ).stdout.splitlines()
    readings = {
        name: {"export": digest(export), **shortened(json.loads(answer))}
        for (name, export), answer in zip(asked.items(), answered, strict=True)
    }
    version = json.loads((given.checkout / "package.json").read_text("utf-8"))["version"]
    document = {
        "server": version,
        "commit": given.commit,
        "read": f"{datetime.now(UTC):%Y-%m-%d}",
        "readings": readings,
    }
    READINGS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
