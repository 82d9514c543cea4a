"""Run a Lambda function in a runtime interface client as Lambda does, and print each log event as a JSON text.

    python3 lambda_host.py <client...> <handler> -- <events...>

Serves the Runtime API on a port of its own, invokes the function once for each event, and reads what the runtime
writes to the telemetry descriptor: a frame of it is one log event. What it prints otherwise is one event a line.
"""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ARN = "arn:aws:lambda:ap-northeast-2:123456789012:function:orders"


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """Hands out the events, takes the answers, and lets the runtime wait when there are no more."""

    protocol_version = "HTTP/1.1"
    events, done = [], threading.Event()
    number = 0

    def do_GET(self):
        if not self.events:
            self.done.set()
            time.sleep(60)
        kind = self.events.pop(0)
        type(self).number += 1
        body = json.dumps({"kind": kind}).encode()
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": f"52fdfc07-2182-454f-963f-5f0f9a621d{self.number:02d}",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if "/init/error" in self.path:
            self.done.set()

    def log_message(self, *args):
        pass


def tell(text):
    if text.strip():
        print(json.dumps(text, ensure_ascii=False), flush=True)


def read_frames(descriptor):
    with os.fdopen(descriptor, "rb") as frames:
        while len(head := frames.read(16)) == 16:
            tell(frames.read(int.from_bytes(head[4:8], "big")).decode())


def main(client, events):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    RuntimeApi.events = events
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reading, writing = os.pipe()
    named = {
        "AWS_LAMBDA_FUNCTION_NAME": "orders",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "LAMBDA_TASK_ROOT": str(Path.cwd()),
    }
    api = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}", "_LAMBDA_TELEMETRY_LOG_FD": str(writing)}
    if "UNFRAMED" in os.environ:  # as in a container of one's own, where nobody reads frames
        del api["_LAMBDA_TELEMETRY_LOG_FD"]
    process = subprocess.Popen(
        client, env={**os.environ, **named, **api}, pass_fds=[writing], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    os.close(writing)
    frames = threading.Thread(target=read_frames, args=(reading,))
    frames.start()
    lines = threading.Thread(target=lambda: [tell(line.decode().rstrip("\n")) for line in process.stdout])
    lines.start()
    while process.poll() is None and not RuntimeApi.done.wait(0.1):
        pass
    time.sleep(0.5)
    process.kill()
    frames.join(5)
    lines.join(5)
    os._exit(0)


if __name__ == "__main__":
    split = sys.argv.index("--")
    main(sys.argv[1:split], sys.argv[split + 1 :])
