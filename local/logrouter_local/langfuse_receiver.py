"""Plays a Langfuse server on 127.0.0.1: takes OTLP exports as the real one does, refuses what it would misread.

    python -m logrouter_local.langfuse_receiver --port 3001 --public-key pk-local --secret-key sk-local

Traces as a page at `/`, as JSON at `/api/public/traces`; what tests need at `/_received`. The v2 API of observations
and metrics answers as the SDK reads it; `/_lose` and `/_double` (`{"observations": 3}`) do to rows what must be found.
"""

import gzip
import hmac
import json
import math
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from logrouter_local.langfuse_reading import RefusedError, metrics, observations
from logrouter_local.langfuse_rows import PROJECT, Stored, observation_of, row_of, scopes_of, traces_of
from logrouter_local.otlp_rules import Span, complaints_of, faults_of, resend_complaints, spans_of
from logrouter_local.receiver_pages import trace_page
from logrouter_local.receiving import Receiver, Reply, json_reply, page_reply, port_parser, serve

EXPORT_PATH = "/api/public/otel/v1/traces"
READ_PATHS = {"/api/public/v2/observations": observations, "/api/public/v2/metrics": metrics}
LIMIT_BYTES = 5_000_000
"""Langfuse Cloud takes 5 MB a request (langfuse.com, API limits, checked 2026-11-20)."""
VERSION = "4.16.0"
INGESTION_VERSION = 4
"""Values above are answered with 400."""
MINUTE_S = 60.0


class LangfuseReceiver(Receiver):
    """The server.

    Args:
        public_key, secret_key: what it accepts as basic auth.
        limit_bytes: answer 413 above, encoded or decoded.
        has_v2: False plays a server that writes in the legacy mode: the v2 API is not there (404).
        reads_a_minute, exports_a_minute: answer 429 with `Retry-After` to more; None for none, as self-hosted servers.
        visible_after_s: how long a row takes from its 200 until reading finds it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        public_key: str = "pk-local",
        secret_key: str = "sk-local",  # noqa: S107 - opens nothing but this toy
        limit_bytes: int = LIMIT_BYTES,
        has_v2: bool = True,
        reads_a_minute: int | None = None,
        exports_a_minute: int | None = None,
        visible_after_s: float = 0,
        folder: Path | None = None,
    ) -> None:
        super().__init__(port, folder=folder)
        self._authorization = "Basic " + b64encode(f"{public_key}:{secret_key}".encode()).decode()
        self._limit_bytes = limit_bytes
        self.has_v2 = has_v2
        self.reads_a_minute = reads_a_minute
        self.exports_a_minute = exports_a_minute
        self.visible_after_s = visible_after_s
        self.stored: dict[tuple[str, str], Stored] = {}
        self.complaints: list[str] = []
        self.bodies: list[bytes] = []
        self.asked: list[str] = []
        self._minute_s, self._asked = 0.0, Counter[str]()

    def forget(self) -> None:
        """Drop spans, complaints, bodies and what was asked."""
        self.stored.clear()
        self.complaints.clear()
        self.bodies.clear()
        self.asked.clear()

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take an export: 401, 404, 413, 400 for the whole of it, or 200 with all of it stored."""
        if not self._is_allowed(headers):
            return json_reply(
                401, {"message": "Invalid credentials. Confirm that you have configured the correct host."}
            )
        if path != EXPORT_PATH:
            return json_reply(404, {"message": "Not found"})
        version = headers.get("x-langfuse-ingestion-version", "4")
        if not version.isdecimal() or int(version) > INGESTION_VERSION:
            return json_reply(400, {"message": "unknown ingestion version"})
        if (refusal := self._limited("export", self.exports_a_minute)) is not None:
            return refusal
        export = self._decoded(headers, body)
        return export if isinstance(export, Reply) else self._store(export)

    def get(self, path: str, headers: Mapping[str, str]) -> Reply:
        """Answer pages and JSON; the list of traces is open here, wrong credentials are refused there too."""
        if path == "/":
            return page_reply(trace_page(self.traces()))
        if path == "/_received":
            return json_reply(200, self.received())
        if path == "/api/public/health":
            return json_reply(200, {"status": "OK", "version": VERSION})
        if path in {"/api/public/projects", "/api/public/traces"}:
            is_open = path == "/api/public/traces" and "authorization" not in headers
            if not is_open and not self._is_allowed(headers):
                return json_reply(401, {"message": "Invalid credentials."})
            projects = {"data": [{"id": PROJECT, "name": PROJECT, "metadata": {}}]}
            return json_reply(200, projects if path.endswith("projects") else {"data": self.traces()})
        return json_reply(404, {"message": "Not found"})

    def ask(self, path: str, query: str, headers: Mapping[str, str]) -> Reply:
        """Answer the v2 API: 401, 404 where the server has none, 429, 400, or what was asked."""
        if path not in READ_PATHS:
            return self.get(path, headers)
        if not self._is_allowed(headers):
            return json_reply(401, {"message": "Invalid credentials.", "error": "UnauthorizedError"})
        if not self.has_v2:
            why = "only available in a Langfuse v4 write mode"
            return json_reply(404, {"message": why, "error": "LangfuseNotFoundError"})
        if (refusal := self._limited("reading", self.reads_a_minute)) is not None:
            return refusal
        with self.lock:
            self.asked.append(f"{path}?{query}")
            rows = list(self._rows())
        try:
            return json_reply(200, READ_PATHS[path](rows, query))
        except RefusedError as refused:
            return json_reply(400, {"message": str(refused), "error": "InvalidRequestError"})

    def control(self, path: str, body: bytes) -> Reply:
        """Take an order: `/_lose` or `/_double` so many observations, beside what every receiver takes."""
        if path not in {"/_lose", "/_double"}:
            return super().control(path, body)
        try:
            count = int(json.loads(body)["observations"])
        except (ValueError, KeyError, TypeError):
            return json_reply(400, {"message": 'expected {"observations": 3}'})
        ids = [entry.span["spanId"] for entry in self.stored.values() if entry.copies][:count]
        (self.lose if path == "/_lose" else self.double)(ids)
        return json_reply(200, {"observations": ids})

    def lose(self, ids: Collection[str]) -> None:
        """Forget the rows of some observations, as a server does that answers 200 and fails to store."""
        self._copy(ids, lambda _copies: 0)

    def double(self, ids: Collection[str]) -> None:
        """Give some observations one row more, as a resend before a merge does."""
        self._copy(ids, lambda copies: copies + 1)

    def add(self, span: Span, scope: str) -> None:
        """Store a span of another writer of the project, whatever its form."""
        with self.lock:
            self.stored[span["traceId"], span["spanId"]] = Stored(span, scope)

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
            return traces_of([observation_of(entry) for entry in self.stored.values() if entry.copies])

    def _copy(self, ids: Collection[str], change: Any) -> None:
        with self.lock:
            for entry in self.stored.values():
                if entry.span["spanId"] in ids:
                    entry.copies = change(entry.copies)

    def _rows(self) -> Iterator[dict[str, Any]]:
        now_s = time.monotonic()
        for entry in self.stored.values():
            if entry.copies and entry.visible_s <= now_s:
                yield from [row_of(entry)] * entry.copies

    def _limited(self, what: str, most: int | None) -> Reply | None:
        """Count a request; return the answer to one too many: limits hold for a minute each."""
        with self.lock:
            now_s = time.monotonic()
            if now_s - self._minute_s >= MINUTE_S:
                self._minute_s = now_s
                self._asked.clear()
            self._asked[what] += 1
            if most is None or self._asked[what] <= most:
                return None
            wait_s = math.ceil(self._minute_s + MINUTE_S - now_s)
        return Reply(429, b'{"message": "Rate limit exceeded"}', headers={"Retry-After": str(wait_s)})

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
            for span, scope in zip(spans, scopes_of(export), strict=True):
                self._keep(span, scope)
        return json_reply(200, {"name": "otel-ingestion-job", "queued": len(spans)})

    def _keep(self, span: Span, scope: str) -> None:
        key = (span["traceId"], span["spanId"])
        if key in self.stored:
            self.stored[key].copies += 1
        else:
            self.stored[key] = Stored(span, scope, time.monotonic() + self.visible_after_s)

    def _complaints(self, span: Span) -> list[str]:
        stored = self.stored.get((span["traceId"], span["spanId"]))
        return [*complaints_of(span), *(resend_complaints(span, stored.span) if stored else ())]


def main() -> None:
    """Run the server from the command line."""
    parser = port_parser("Plays a Langfuse server on 127.0.0.1.")
    parser.add_argument("--public-key", default="pk-local")
    parser.add_argument("--secret-key", default="sk-local")
    parser.add_argument("--limit-bytes", type=int, default=LIMIT_BYTES, help="answer 413 to a larger export")
    parser.add_argument("--reads-a-minute", type=int, help="answer 429 to more questions than that")
    parser.add_argument("--exports-a-minute", type=int, help="answer 429 to more exports than that")
    wanted = parser.parse_args()
    make = partial(
        LangfuseReceiver,
        wanted.port,
        public_key=wanted.public_key,
        secret_key=wanted.secret_key,
        limit_bytes=wanted.limit_bytes,
        reads_a_minute=wanted.reads_a_minute,
        exports_a_minute=wanted.exports_a_minute,
        folder=wanted.folder,
    )
    serve(make, "langfuse receiver")


if __name__ == "__main__":
    main()
