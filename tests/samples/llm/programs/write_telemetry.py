"""Write the samples of `tests/samples/llm/otel` anew by running the programs beside this file.

    python write_telemetry.py <folder with the environments> [part of a name]

`traced_calls.py` and `traced_calls.mjs` call models by way of one instrumentation each, `model_server.py` answers. The
folder holds an environment of Python or of Node.js for each name in `SAMPLES`; which packages each has stands in
`versions.json` beside the samples. Paths of the machine are replaced, so that a sample looks as in production.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

HERE = Path(__file__).parent
SAMPLES_FOLDER = HERE.parent / "otel"
PORT = "18490"
SHOWN = re.compile(
    r"opentelemetry-(sdk|exporter-otlp-json-file|instrumentation-(genai-(openai|anthropic)|openai|openai-v2|google-genai"
    r"|botocore|anthropic|bedrock|langchain|llamaindex))|openinference-instrumentation-.+|traceloop-sdk|logfire|langfuse"
    r"|openai|anthropic|boto3|google-genai|langchain-(core|openai)|langgraph|llama-index-(core|llms-openai|embeddings-openai)"
    r"|pydantic-ai-slim|strands-agents|openlit|litellm|langsmith|ai|@ai-sdk/(openai|anthropic|otel)|@opentelemetry/(sdk-trace-node|otlp-transformer)"
)
SHORT = {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "600"}
CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}


class Sample(NamedTuple):
    """One run: environment, instrumentation, form, further variables."""

    environment: str
    what: str
    form: str
    variables: Mapping[str, str] = MappingProxyType({})


SAMPLES = {
    "opentelemetry-openai": Sample("otel", "opentelemetry-openai", "line", {CONTENT: "SPAN_AND_EVENT", **LATEST}),
    "opentelemetry-openai-otlp": Sample("otel", "opentelemetry-openai", "otlp", {CONTENT: "SPAN_AND_EVENT", **LATEST}),
    "opentelemetry-openai_v2": Sample("otel-1.33", "opentelemetry-openai_v2", "line", {CONTENT: "true"}),
    "opentelemetry-anthropic": Sample("otel", "opentelemetry-anthropic", "pretty", {CONTENT: "SPAN_ONLY", **LATEST}),
    "opentelemetry-anthropic-otlp": Sample("otel", "opentelemetry-anthropic", "otlp", {CONTENT: "SPAN_ONLY", **LATEST}),
    "opentelemetry-gemini": Sample("otel-gemini", "opentelemetry-gemini", "line", {CONTENT: "SPAN_ONLY", **LATEST}),
    "opentelemetry-bedrock": Sample("otel", "opentelemetry-bedrock", "line", {CONTENT: "true"}),
    "openllmetry-openai": Sample("openllmetry", "openllmetry-openai", "line"),
    "openllmetry-anthropic": Sample("openllmetry", "openllmetry-anthropic", "line"),
    "openllmetry-bedrock": Sample("openllmetry", "openllmetry-bedrock", "line"),
    "openllmetry-langchain": Sample("openllmetry", "openllmetry-langchain", "line", SHORT),
    "openllmetry-llama_index": Sample("openllmetry", "openllmetry-llama_index", "line"),
    "openllmetry_0.30-openai": Sample("openllmetry-0.30", "openllmetry_alone-openai", "line"),
    "openinference-openai": Sample("openinference", "openinference-openai", "line"),
    "openinference-anthropic": Sample("openinference", "openinference-anthropic", "pretty"),
    "openinference-bedrock": Sample("openinference", "openinference-bedrock", "line"),
    "openinference-langchain": Sample("openinference", "openinference-langchain", "line", SHORT),
    "openinference-llama_index": Sample("openinference", "openinference-llama_index", "line"),
    "logfire-openai": Sample("logfire", "logfire-openai", "line"),
    "logfire-anthropic": Sample("logfire", "logfire-anthropic", "line"),
    "logfire-pydantic_ai": Sample("logfire", "logfire-pydantic_ai", "line"),
    "langfuse-sdk": Sample("logfire", "langfuse-sdk", "line"),
    "strands-openai": Sample("logfire", "strands-openai", "line"),
    "openlit-openai": Sample("openlit", "openlit-openai", "line"),
    "openlit-anthropic": Sample("openlit", "openlit-anthropic", "line"),
    "litellm-otel": Sample("openlit", "litellm-otel", "line"),
    "langsmith-langchain": Sample("langsmith", "langsmith-langchain", "line"),
    "vercel_4-otlp": Sample("ai-4", "", "otlp"),
    "vercel_5-otlp": Sample("ai-5", "", "otlp"),
    "vercel_6-otlp": Sample("ai-6", "", "otlp"),
    "vercel_7-otlp": Sample("ai-7", "", "otlp"),
    "vercel_6-console": Sample("ai-6", "", "console"),
}


def main() -> None:
    """Run what the second argument names, or everything."""
    environments, only = Path(sys.argv[1]).resolve(), (sys.argv[2:] or [""])[0]
    server = subprocess.Popen([sys.executable, HERE / "model_server.py", PORT])
    time.sleep(1)
    path = SAMPLES_FOLDER / "versions.json"
    versions = json.loads(path.read_text("utf-8")) if path.exists() else {}
    try:
        for name, sample in SAMPLES.items():
            if only in name:
                versions[name] = write(name, sample, environments / sample.environment)
    finally:
        server.terminate()
    path.write_text(json.dumps(versions, indent=1, sort_keys=True) + "\n", "utf-8")


def write(name: str, sample: Sample, environment: Path) -> list[str]:
    """Write one sample and return the packages that wrote it."""
    is_node = not sample.what
    command = (
        ["node", HERE / "traced_calls.mjs", sample.form]
        if is_node
        else [environment / "bin" / "python", HERE / "traced_calls.py", sample.what, sample.form]
    )
    quiet = {
        "TZ": "UTC",
        "OTEL_METRICS_EXPORTER": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONWARNINGS": "ignore",
    }
    ran = subprocess.run(
        command,
        env={**os.environ, **quiet, **sample.variables},
        cwd=environment,
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    text = ran.stdout.decode()
    text = re.sub(r"(?:\.\./)*[^\s\"'(\\]*/node_modules", "/app/node_modules", text)
    text = re.sub(r"[^\s\"'(\\]*/site-packages", "/usr/lib/python3/site-packages", text)
    text = re.sub(r"(?:\.\./)*[^\s\"'(\\]*/(traced_calls\.\w+)", r"/app/\1", text)
    text = text.replace(f'"{socket.gethostname()}"', '"app"')
    (SAMPLES_FOLDER / f"{name}.txt").write_text(text, "utf-8")
    return packages_of(environment, is_node=is_node)


def packages_of(environment: Path, *, is_node: bool) -> list[str]:
    """Return name and version of what matters in an environment."""
    if is_node:
        modules = environment / "node_modules"
        found = {
            str(path.parent.relative_to(modules)): json.loads(path.read_text("utf-8"))["version"]
            for path in (*modules.glob("*/package.json"), *modules.glob("@*/*/package.json"))
        }
    else:
        places = [str(path) for path in environment.glob("lib/python*/site-packages")]
        found = {each.metadata["Name"]: each.version for each in distributions(path=places)}
    return sorted(f"{name} {version}" for name, version in found.items() if SHOWN.fullmatch(name))


if __name__ == "__main__":
    main()
