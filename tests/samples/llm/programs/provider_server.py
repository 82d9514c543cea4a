"""Plays every provider on this machine: answers as `answers.py` has it, so that their own SDKs really run.

A model whose name holds `fail` is refused as the provider refuses; one that holds `tool` is answered with a tool call.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from answers import ANSWERS, FAILURES


class Providers(BaseHTTPRequestHandler):
    """One path a provider: `/<provider>/...`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = json.loads(body) if body[:1] == b"{" else {}
        provider, _, rest = self.path.partition("?")[0].strip("/").partition("/")
        model = str(asked.get("model", "")) + self.path
        if "fail" in model and provider in FAILURES:
            status, answer = FAILURES[provider]
            return self._json(answer, status)
        operation = next((key for key in _keys(provider) if _fits(key, rest, provider)), None)
        if operation is None:
            return self._json({"error": {"message": f"no such path: {self.path}"}}, 404)
        variants = [f"{operation} {word}" for word in ("tool",) if word in model]
        variants += [f"{operation} stream"] if asked.get("stream") else []
        key = next((each for each in variants if each in ANSWERS), operation)
        time.sleep(0.02)
        answer = ANSWERS[key]
        if key == "openai/embeddings" and asked.get("encoding_format") != "base64":
            answer = {**answer, "data": [{**item, "embedding": [0.0023, -0.0093]} for item in answer["data"]]}
        return self._stream(answer) if isinstance(answer, list) else self._json(answer)

    def _json(self, answer, status=200):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events:
            name = f"event: {event['type']}\n" if "type" in event else ""
            self.wfile.write(f"{name}data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.01)
        if "choices" in events[0]:
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_):
        pass


def _keys(provider):
    keys = [key for key in ANSWERS if key.startswith(f"{provider}/") and " " not in key]
    return sorted(keys, key=len, reverse=True)


def _fits(key, rest, provider):
    return rest.endswith(key.removeprefix(f"{provider}/"))


def start():
    """Serve in the background; returns the base address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Providers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


if __name__ == "__main__":  # for programs in other languages: serves until its standard input ends
    import sys

    print(start(), flush=True)
    sys.stdin.read()
