"""Plays a Langfuse server on 127.0.0.1: takes OTLP exports as the real one does, refuses what it would misread.

    python -m logrouter_local.langfuse_receiver --port 3001 --public-key pk-local --secret-key sk-local

Traces as a page at `/`, as JSON at `/api/public/traces`; what tests need at `/_received`.
"""

import gzip
import hmac
import json
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from logrouter_local.otlp_rules import (
    Span,
    attributes_of,
    complaints_of,
    faults_of,
    parsed,
    resend_complaints,
    spans_of,
)
from logrouter_local.receiver_pages import trace_page
from logrouter_local.receiving import Receiver, Reply, json_reply, page_reply, port_parser, serve

EXPORT_PATH = "/api/public/otel/v1/traces"
LIMIT_BYTES = 5_000_000
"""Langfuse Cloud takes 5 MB a request (langfuse.com, API limits, checked 2026-11-20)."""


@dataclass(slots=True)
class Stored:
    """A span and how many copies of it came: Langfuse counts each copy until it merges them."""

    span: Span
    copies: int = 1


class LangfuseReceiver(Receiver):
    """The server.

    Args:
        public_key, secret_key: what it accepts as basic auth.
        limit_bytes: answer 413 above, encoded or decoded.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        public_key: str = "pk-local",
        secret_key: str = "sk-local",  # noqa: S107 - opens nothing but this toy
        limit_bytes: int = LIMIT_BYTES,
        folder: Path | None = None,
    ) -> None:
        super().__init__(port, folder=folder)
        self._authorization = "Basic " + b64encode(f"{public_key}:{secret_key}".encode()).decode()
        self._limit_bytes = limit_bytes
        self.stored: dict[tuple[str, str], Stored] = {}
        self.complaints: list[str] = []
        self.bodies: list[bytes] = []

    def forget(self) -> None:
        """Drop spans, complaints and bodies."""
        self.stored.clear()
        self.complaints.clear()
        self.bodies.clear()

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take an export: 401, 404, 413, 400 for the whole of it, or 200 with all of it stored."""
        if not self._is_allowed(headers):
            return json_reply(
                401, {"message": "Invalid credentials. Confirm that you have configured the correct host."}
            )
        if path != EXPORT_PATH:
            return json_reply(404, {"message": "Not found"})
        if not headers.get("x-langfuse-ingestion-version", "4") <= "4":
            return json_reply(400, {"message": "unknown ingestion version"})
        export = self._decoded(headers, body)
        return export if isinstance(export, Reply) else self._store(export)

    def get(self, path: str, headers: Mapping[str, str]) -> Reply:
        """Answer pages and JSON; the list of traces is open here, wrong credentials are refused there too."""
        if path == "/":
            return page_reply(trace_page(self.traces()))
        if path == "/_received":
            return json_reply(200, self.received())
        if path == "/api/public/health":
            return json_reply(200, {"status": "OK", "version": "4.16.0"})
        if path in {"/api/public/projects", "/api/public/traces"}:
            is_open = path == "/api/public/traces" and "authorization" not in headers
            if not is_open and not self._is_allowed(headers):
                return json_reply(401, {"message": "Invalid credentials."})
            projects = {"data": [{"id": "local", "name": "local", "metadata": {}}]}
            return json_reply(200, projects if path.endswith("projects") else {"data": self.traces()})
        return json_reply(404, {"message": "Not found"})

    def received(self) -> dict[str, Any]:
        """Return what tests look at."""
        with self.lock:
            return {
                "spans": [entry.span for entry in self.stored.values()],
                "copies": sum(entry.copies for entry in self.stored.values()),
                "complaints": list(self.complaints),
                "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            }

    def traces(self) -> list[dict[str, Any]]:
        """Return traces, newest first, each with its observations in order of time."""
        with self.lock:
            observations = [_observation(entry) for entry in self.stored.values()]
        by_trace: dict[str, list[dict[str, Any]]] = {}
        for observation in sorted(observations, key=lambda found: (found["startTime"], found["id"])):
            by_trace.setdefault(observation["traceId"], []).append(observation)
        traces = [_trace(trace_id, members) for trace_id, members in by_trace.items()]
        return sorted(traces, key=lambda trace: (trace["timestamp"], trace["id"]), reverse=True)

    def _is_allowed(self, headers: Mapping[str, str]) -> bool:
        return hmac.compare_digest(headers.get("authorization", "").encode(), self._authorization.encode())

    def _decoded(self, headers: Mapping[str, str], body: bytes) -> Any:
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            return json_reply(400, {"message": "only application/json here"})
        encoding = headers.get("content-encoding", "identity")
        if encoding not in {"gzip", "identity"}:
            return json_reply(400, {"message": "only gzip is decoded"})
        try:
            plain = gzip.decompress(body) if encoding == "gzip" else body
        except (OSError, EOFError, zlib.error):
            return json_reply(400, {"message": "failed to gunzip"})
        if max(len(body), len(plain)) > self._limit_bytes:
            return json_reply(413, {"message": "payload too large"})
        with self.lock:
            self.bodies.append(plain)
        try:
            return json.loads(plain)
        except (ValueError, RecursionError):
            return json_reply(400, {"message": "failed to parse JSON"})

    def _store(self, export: Any) -> Reply:
        spans = spans_of(export)
        if spans is None:
            return json_reply(400, {"message": "no resourceSpans"})
        faults = sorted({fault for span in spans for fault in faults_of(span)})
        if faults:
            return json_reply(400, {"message": "no spans were ingested", "faults": faults})
        with self.lock:
            complaints = [complaint for span in spans for complaint in self._complaints(span)]
            if complaints:
                self.complaints.extend(complaints)
                return json_reply(400, {"message": "the real server would misread this", "complaints": complaints})
            for span in spans:
                key = (span["traceId"], span["spanId"])
                if key in self.stored:
                    self.stored[key].copies += 1
                else:
                    self.stored[key] = Stored(span)
        return json_reply(200, {"queued": len(spans)})

    def _complaints(self, span: Span) -> list[str]:
        stored = self.stored.get((span["traceId"], span["spanId"]))
        return [*complaints_of(span), *(resend_complaints(span, stored.span) if stored else ())]


def _observation(entry: Stored) -> dict[str, Any]:
    span, attributes = entry.span, attributes_of(entry.span)
    prefix = "langfuse.observation."
    start, end = (int(span[name]) // 1_000_000 for name in ("startTimeUnixNano", "endTimeUnixNano"))
    metadata = {
        name.removeprefix(f"{prefix}metadata."): value
        for name, value in attributes.items()
        if name.startswith(f"{prefix}metadata.")
    }
    return {
        "id": span["spanId"],
        "traceId": span["traceId"],
        "parentObservationId": span.get("parentSpanId"),
        "name": span.get("name"),
        "type": str(attributes.get(f"{prefix}type", "span")).upper(),
        "startTime": _iso(start),
        "endTime": _iso(end),
        "completionStartTime": attributes.get(f"{prefix}completion_start_time"),
        "latency": (end - start) / 1000,
        "model": attributes.get(f"{prefix}model.name"),
        "modelParameters": parsed(attributes.get(f"{prefix}model.parameters")) or {},
        "input": attributes.get(f"{prefix}input"),
        "output": attributes.get(f"{prefix}output"),
        "usageDetails": parsed(attributes.get(f"{prefix}usage_details")) or {},
        "costDetails": parsed(attributes.get(f"{prefix}cost_details")) or {},
        "level": attributes.get(f"{prefix}level", "DEFAULT"),
        "statusMessage": attributes.get(f"{prefix}status_message"),
        "metadata": metadata,
        "copies": entry.copies,
        "traceName": attributes.get("langfuse.trace.name"),
        "userId": attributes.get("user.id"),
        "sessionId": attributes.get("session.id"),
        "environment": attributes.get("langfuse.environment", "default"),
        "release": attributes.get("langfuse.release"),
        "version": attributes.get("langfuse.version"),
        "tags": attributes.get("langfuse.trace.tags") or [],
        "promptName": attributes.get(f"{prefix}prompt.name"),
        "promptVersion": attributes.get(f"{prefix}prompt.version"),
    }


def _trace(trace_id: str, members: list[dict[str, Any]]) -> dict[str, Any]:
    def first(name: str) -> Any:
        return next((member[name] for member in members if member[name]), None)

    return {
        "id": trace_id,
        "name": first("traceName"),
        "timestamp": members[0]["startTime"],
        "userId": first("userId"),
        "sessionId": first("sessionId"),
        "environment": first("environment"),
        "release": first("release"),
        "version": first("version"),
        "tags": sorted({tag for member in members for tag in member["tags"]}),
        "totalCost": round(sum(member["costDetails"].get("total", 0) * member["copies"] for member in members), 12),
        "totalTokens": sum(member["usageDetails"].get("total", 0) * member["copies"] for member in members),
        "observations": members,
    }


def _iso(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> None:
    """Run the server from the command line."""
    parser = port_parser("Plays a Langfuse server on 127.0.0.1.")
    parser.add_argument("--public-key", default="pk-local")
    parser.add_argument("--secret-key", default="sk-local")
    parser.add_argument("--limit-bytes", type=int, default=LIMIT_BYTES, help="answer 413 to a larger export")
    wanted = parser.parse_args()
    make = partial(
        LangfuseReceiver,
        wanted.port,
        public_key=wanted.public_key,
        secret_key=wanted.secret_key,
        limit_bytes=wanted.limit_bytes,
        folder=wanted.folder,
    )
    serve(make, "langfuse receiver")


if __name__ == "__main__":
    main()
