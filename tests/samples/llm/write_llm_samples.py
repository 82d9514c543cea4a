"""Write the samples of this folder anew: run the programs beside this file and keep what they print.

    python tests/samples/llm/write_llm_samples.py --python newest=<path> [--python litellm-1.55=<path>] [--only <part>]
    python tests/samples/llm/write_llm_samples.py --python newest=<path> --python node=<folder with node_modules>

Each `--python` names an interpreter that has the packages of one column of `SAMPLES` (of `node` the folder of its
modules); what has none is left out and its samples stay. `versions.json` in each folder says which packages wrote a sample, and when. Paths of the machine are
replaced, so that a sample looks as in production.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
SAMPLES = {
    "openai/chat": ("newest", "providers.py openai_chat", "openai structlog python-json-logger"),
    "openai/responses": ("newest", "providers.py openai_responses", "openai python-json-logger"),
    "openai/others": ("newest", "providers.py openai_others", "openai python-json-logger"),
    "openai/azure": ("newest", "providers.py azure", "openai python-json-logger"),
    "openai/compatible": ("newest", "providers.py compatible", "openai groq python-json-logger"),
    "anthropic/messages": ("newest", "providers.py anthropic", "anthropic structlog python-json-logger"),
    "gemini/answers": ("newest", "providers.py gemini", "google-genai python-json-logger"),
    "mistral/answers": ("newest", "providers.py mistral", "mistralai"),
    "cohere/answers": ("newest", "providers.py cohere", "cohere python-json-logger"),
    "local/answers": ("newest", "providers.py local", "ollama python-json-logger"),
    "litellm/calls": ("newest", "litellm_calls.py calls", "litellm"),
    "litellm/others": ("newest", "litellm_calls.py others", "litellm"),
    "litellm/asynchronous": ("newest", "litellm_calls.py asynchronous", "litellm"),
    "litellm/short": ("newest", "litellm_calls.py short", "litellm"),
    "litellm/json_logs": ("newest", "litellm_calls.py json_logs", "litellm"),
    "litellm/calls-1.55": ("litellm-1.55", "litellm_calls.py calls", "litellm"),
    "litellm/calls-1.72": ("litellm-1.72", "litellm_calls.py calls", "litellm"),
    "litellm/others-1.72": ("litellm-1.72", "litellm_calls.py others", "litellm"),
    "litellm/calls-1.80": ("litellm-1.80", "litellm_calls.py calls", "litellm"),
    "langchain/callbacks": ("newest", "langchain_calls.py callbacks", "langchain-core langchain-openai python-json-logger"),
    "langchain/usage": ("newest", "langchain_calls.py usage", "langchain-core langchain-openai structlog"),
    "langchain/anthropic": ("newest", "langchain_calls.py anthropic", "langchain-core langchain-anthropic python-json-logger"),
    "langchain/runs": ("newest", "langchain_calls.py runs", "langchain-core langchain-openai langsmith"),
    "langchain/trees": ("newest", "langchain_calls.py trees", "langchain-core langchain-openai langsmith"),
    "langchain/stream_events": ("newest", "langchain_calls.py stream_events", "langchain-core langchain-openai"),
    "llama_index/events": ("newest", "llama_index_calls.py events", "llama-index-core llama-index-llms-openai"),
    "llama_index/callbacks": ("newest", "llama_index_calls.py callbacks", "llama-index-core llama-index-llms-openai"),
    "llama_index/answers": ("newest", "llama_index_calls.py answers", "llama-index-core llama-index-llms-openai"),
    "pydantic_ai/messages": ("newest", "frameworks.py pydantic_ai", "pydantic-ai-slim python-json-logger"),
    "haystack/replies": ("newest", "frameworks.py haystack", "haystack-ai python-json-logger"),
    "langchain/callbacks-0.3": ("langchain-0.3", "langchain_calls.py callbacks", "langchain-core langchain-openai"),
    "langchain/usage-0.3": ("langchain-0.3", "langchain_calls.py usage", "langchain-core langchain-openai structlog"),
    "agents/openai_agents": ("agents", "agents_calls.py openai_agents", "openai-agents openai"),
    "agents/autogen": ("agents", "agents_calls.py autogen", "autogen-core autogen-ext"),
    "node/openai": ("node", "node_calls.mjs openai", "openai pino winston"),
    "node/anthropic": ("node", "node_calls.mjs anthropic", "@anthropic-ai/sdk pino"),
    "node/langchain": ("node", "node_calls.mjs langchain", "@langchain/core @langchain/openai pino"),
    "node/ai_sdk": ("node", "node_calls.mjs ai_sdk", "ai @ai-sdk/openai pino"),
    "dspy/history": ("dspy", "frameworks.py dspy", "dspy"),
}  # fmt: skip
"""Sample: which interpreter, what to run, and the packages that `versions.json` names."""

MESSAGES_OF_PACKAGES = ("Provider List", "Give Feedback", "LiteLLM.Info", "\x1b")


def main() -> None:
    """Run what has an interpreter, and write the lines and the versions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--only", default="", help="write samples with this in their name")
    options = parser.parse_args()
    pythons = dict(each.split("=", 1) for each in options.python)
    for name, (column, command, packages) in SAMPLES.items():
        if options.only in name and column in pythons:
            write(name, pythons[column], command, packages, pythons.get("newest", sys.executable))


def write(name: str, python: str, command: str, packages: str, newest: str) -> None:
    """Run one program and keep what it printed, without the empty lines and advice of packages."""
    program, kind = command.split()
    done = run_node(python, kind, newest) if program.endswith(".mjs") else run([python, str(PROGRAMS / program), kind])
    if done.returncode:
        sys.exit(f"{name}: {done.stderr[-2000:]}")
    printed = done.stderr if kind == "json_logs" else done.stdout
    lines = [line for line in printed.splitlines() if line.strip() and not line.startswith(MESSAGES_OF_PACKAGES)]
    path = HERE / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(replaced, lines)) + "\n", "utf-8")
    note(
        path,
        {
            "program": command,
            ("node" if program.endswith(".mjs") else "python"): version(python, None),
            **{each: version(python, each) for each in packages.split()},
        },
    )


def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """Run one program to its end."""
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)


def run_node(modules: str, kind: str, python: str) -> subprocess.CompletedProcess[str]:
    """Run the program for Node, with the providers played by another process while it runs."""
    server = subprocess.Popen(
        [python, PROGRAMS / "provider_server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        address = server.stdout.readline().strip() if server.stdout else ""
        return run(["node", str(PROGRAMS / "node_calls.mjs"), kind, modules], env={**os.environ, "PROVIDERS": address})
    finally:
        server.communicate()


def replaced(line: str) -> str:
    """Put the paths of a container in the place of this machine's."""
    line = re.sub(r"/[\w./-]+?/node_modules/", "/app/node_modules/", line.replace(str(PROGRAMS), "/var/task"))
    return re.sub(r"/[\w./-]+/lib/python3", "/usr/local/lib/python3", line)


def version(python: str, package: str | None) -> str:
    """Ask an interpreter for its version, or that of a package; of Node's modules their own files say it."""
    modules = Path(python) / "node_modules"
    if modules.is_dir() and package:
        return str(json.loads((modules / package / "package.json").read_text("utf-8"))["version"])
    if modules.is_dir():
        return run(["node", "--version"]).stdout.strip()
    asked = (
        f"from importlib.metadata import version; print(version({package!r}))"
        if package
        else "import platform; print(platform.python_version())"
    )
    return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


def note(path: Path, versions: dict[str, str]) -> None:
    """Say in the folder's `versions.json` what wrote a sample, and when."""
    file = path.parent / "versions.json"
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    known[path.name] = {**versions, "at": f"{datetime.now(UTC):%Y-%m-%d}"}
    file.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
