"""Plays Slack's incoming webhooks on 127.0.0.1: any path takes a message, with Slack's own limits and answers.

    python -m logrouter_local.slack_receiver --port 3002

Messages as a page at `/`, as JSON at `/_received`. Limits: Slack, Block Kit reference (checked 2026-11-20).
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from logrouter_local.receiver_pages import message_page
from logrouter_local.receiving import Receiver, Reply, json_reply, page_reply, port_parser, serve

TEXT_LIMIT = 40_000
BLOCKS_LIMIT = 50
LIMITS = {"header": 150, "section": 3000, "field": 2000, "element": 3000}
"""Characters of one text, by where it stands."""
FIELDS_LIMIT, ELEMENTS_LIMIT, ATTACHMENTS_LIMIT = 10, 10, 100
BLOCK_TYPES = frozenset(
    {"header", "section", "context", "divider", "actions", "image", "rich_text", "input", "file", "video", "markdown"}
)


class SlackReceiver(Receiver):
    """The server; `messages` holds what was accepted, `complaints` why something was not."""

    def __init__(self, port: int = 0, *, folder: Path | None = None) -> None:
        super().__init__(port, folder=folder)
        self.messages: list[dict[str, Any]] = []
        self.complaints: list[str] = []

    def forget(self) -> None:
        """Drop messages and complaints."""
        self.messages.clear()
        self.complaints.clear()

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take one message: 200 `ok`, or 400 with the word that Slack answers."""
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            return self._refused("invalid_payload", ["content type is not application/json"])
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            return self._refused("invalid_payload", ["body is not JSON"])
        if not isinstance(payload, dict):
            return self._refused("invalid_payload", ["body is not an object"])
        faults = list(faults_of(payload))
        if faults:
            return self._refused("invalid_blocks", faults)
        if not (payload.get("text") or payload.get("blocks") or payload.get("attachments")):
            return self._refused("no_text", ["neither text nor blocks nor attachments"])
        with self.lock:
            self.messages.append({"path": path, "texts": list(texts_of(payload)), "payload": payload})
        return Reply(200, b"ok", "text/html")

    def get(self, path: str, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002 - the receivers' form
        """Answer the page and the JSON."""
        with self.lock:
            messages, complaints = list(self.messages), list(self.complaints)
            statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        if path == "/":
            return page_reply(message_page(reversed(messages)))
        if path == "/_received":
            return json_reply(200, {"messages": messages, "complaints": complaints, "statuses": statuses})
        return Reply(404, b"no_service", "text/html")

    def _refused(self, word: str, faults: list[str]) -> Reply:
        with self.lock:
            self.complaints.extend(faults)
        return Reply(400, word.encode(), "text/html")


def faults_of(payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield what Slack would refuse in a message."""
    text, attachments = payload.get("text"), payload.get("attachments", [])
    if text is not None and (not isinstance(text, str) or len(text) > TEXT_LIMIT):
        yield f"text is no string of at most {TEXT_LIMIT} characters"
    if not isinstance(attachments, list) or len(attachments) > ATTACHMENTS_LIMIT:
        yield f"attachments is no list of at most {ATTACHMENTS_LIMIT}"
        return
    for holder in (payload, *attachments):
        if not isinstance(holder, dict):
            yield "an attachment is no object"
            continue
        blocks = holder.get("blocks", [])
        if not isinstance(blocks, list) or len(blocks) > BLOCKS_LIMIT:
            yield f"blocks is no list of at most {BLOCKS_LIMIT}"
            continue
        for block in blocks:
            yield from _block_faults(block)


def texts_of(payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a message in reading order."""
    if payload.get("text"):
        yield str(payload["text"])
    for holder in (payload, *payload.get("attachments", [])):
        for block in holder.get("blocks", []):
            for text in (block.get("text"), *block.get("fields", []), *block.get("elements", [])):
                if isinstance(text, dict) and isinstance(text.get("text"), str):
                    yield text["text"]


def _block_faults(block: Any) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in BLOCK_TYPES:
        yield "a block has no known type"
        return
    text, fields, elements = block.get("text"), block.get("fields", []), block.get("elements", [])
    if kind == "header" and (not isinstance(text, dict) or text.get("type") != "plain_text"):
        yield "a header's text must be plain_text"
    if kind == "section" and text is None and not fields:
        yield "a section has neither text nor fields"
    if text is not None:
        yield from _text_faults(text, kind if kind in LIMITS else "section")
    if len(fields) > FIELDS_LIMIT or (kind == "context" and not 1 <= len(elements) <= ELEMENTS_LIMIT):
        yield f"{kind} has too many or too few parts"
    for field in fields:
        yield from _text_faults(field, "field")
    if kind == "context":
        for element in elements:
            if not isinstance(element, dict) or element.get("type") != "image":
                yield from _text_faults(element, "element")


def _text_faults(text: Any, place: str) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in {"plain_text", "mrkdwn"}:
        yield f"{place}: no text object"
    elif not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= LIMITS[place]:
        yield f"{place}: text must have 1 to {LIMITS[place]} characters"


def main() -> None:
    """Run the server from the command line."""
    wanted = port_parser("Plays Slack's incoming webhooks on 127.0.0.1.").parse_args()
    serve(partial(SlackReceiver, wanted.port, folder=wanted.folder), "slack receiver")


if __name__ == "__main__":
    main()
