"""Plays the providers of language models on this machine: answers in the shapes of their API references, fixed counts.

    python model_server.py 18490

A prompt with the word `limit` is answered with 429, one with `wrong` with 400; where tools are given and none was
called yet, the answer calls the first. `/v1/traces` and `/v1/logs` keep what OTLP exporters send as JSON in the file
`exported.jsonl` of the working folder.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

CHAT_USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 300,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 256, "audio_tokens": 0},
}
TOOL_USAGE = {"prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100}
RESPONSES_USAGE = {
    "input_tokens": 1200,
    "input_tokens_details": {"cached_tokens": 1024},
    "output_tokens": 300,
    "output_tokens_details": {"reasoning_tokens": 256},
    "total_tokens": 1500,
}
CLAUDE_USAGE = {
    "input_tokens": 50,
    "cache_creation_input_tokens": 300,
    "cache_read_input_tokens": 2000,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 40,
    "service_tier": "standard",
}
GEMINI_USAGE = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 60,
    "candidatesTokenCount": 20,
    "thoughtsTokenCount": 35,
    "totalTokenCount": 155,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 100}],
}
BEDROCK_USAGE = {
    "inputTokens": 20,
    "outputTokens": 7,
    "totalTokens": 1077,
    "cacheReadInputTokens": 1000,
    "cacheWriteInputTokens": 50,
}
NUMBERS = count(1)


class Models(BaseHTTPRequestHandler):
    """One request, one answer."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path in {"/v1/traces", "/v1/logs", "/v1/metrics"}:
            with Path("exported.jsonl").open("a", encoding="utf-8") as kept:
                kept.write(raw.decode("utf-8", "replace") + "\n")
            self.answer({})
            return
        asked, self.number = json.loads(raw or b"{}"), next(NUMBERS)
        text = json.dumps(asked)
        if "limit" in text or "wrong" in text:
            self.refuse(429 if "limit" in text else 400)
        elif self.path.endswith("/embeddings"):
            vector = [0.1, 0.2] if asked.get("encoding_format") != "base64" else "zczMPc3MTD4="
            data = [{"object": "embedding", "index": 0, "embedding": vector}]
            usage = {"prompt_tokens": 8, "total_tokens": 8}
            self.answer({"object": "list", "data": data, "model": asked["model"], "usage": usage})
        elif self.path.endswith("/chat/completions"):
            self.chat(asked)
        elif self.path.endswith("/responses"):
            self.respond(asked)
        elif self.path.endswith("/messages"):
            self.claude(asked)
        elif self.path.endswith(":generateContent"):
            content = {"role": "model", "parts": [{"text": "Seoul."}]}
            candidates = [{"content": content, "finishReason": "STOP", "index": 0}]
            facts = {"modelVersion": "gemini-2.5-flash", "responseId": f"gem-{self.number}"}
            self.answer({"candidates": candidates, "usageMetadata": GEMINI_USAGE, **facts})
        elif self.path.endswith("/converse"):
            message = {"role": "assistant", "content": [{"text": "Seoul."}]}
            self.answer(
                {
                    "output": {"message": message},
                    "stopReason": "end_turn",
                    "usage": BEDROCK_USAGE,
                    "metrics": {"latencyMs": 12},
                }
            )
        else:
            self.refuse(404)

    def chat(self, asked: dict) -> None:
        """Answer Chat Completions, as a stream where asked for one."""
        calls_tool = bool(asked.get("tools")) and not any(each["role"] == "tool" for each in asked["messages"])
        message: dict = {"role": "assistant", "content": "Seoul."}
        if calls_tool:
            function = {"name": asked["tools"][0]["function"]["name"], "arguments": '{"city":"Seoul"}'}
            call = {"id": f"call_{self.number}", "type": "function", "function": function}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        reason = "tool_calls" if calls_tool else "stop"
        head = {"id": f"chatcmpl-{self.number}", "created": 1_795_180_000, "model": f"{asked['model']}-2025-08-07"}
        usage = TOOL_USAGE if calls_tool else CHAT_USAGE
        if not asked.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
            self.answer({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
            return
        if calls_tool:
            message["tool_calls"][0]["index"] = 0
        chunks = [
            {"choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        ]
        if (asked.get("stream_options") or {}).get("include_usage"):
            chunks.append({"choices": [], "usage": usage})
        parts = [json.dumps({**head, "object": "chat.completion.chunk", **chunk}) for chunk in chunks]
        self.stream([f"data: {part}\n\n" for part in parts] + ["data: [DONE]\n\n"])

    def respond(self, asked: dict) -> None:
        """Answer the Responses API, as a stream where asked for one."""
        text = {"type": "output_text", "text": "Seoul.", "annotations": []}
        item = {
            "type": "message",
            "id": f"msg_{self.number}",
            "role": "assistant",
            "status": "completed",
            "content": [text],
        }
        head = {"id": f"resp_{self.number}", "object": "response", "created_at": 1_795_180_000, "model": asked["model"]}
        common = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "metadata": {}}
        whole = {**head, **common, "status": "completed", "output": [item], "usage": RESPONSES_USAGE}
        if not asked.get("stream"):
            self.answer(whole)
            return
        place = {"output_index": 0, "item_id": item["id"], "content_index": 0}
        begun = {**head, **common, "status": "in_progress", "output": []}
        events = [
            {"type": "response.created", "response": begun},
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": {**item, "status": "in_progress", "content": []},
            },
            {"type": "response.output_text.delta", **place, "delta": "Seoul.", "logprobs": []},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": whole},
        ]
        self.stream(
            f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': at})}\n\n"
            for at, event in enumerate(events)
        )

    def claude(self, asked: dict) -> None:
        """Answer the Messages API, as a stream where asked for one."""
        head = {"id": f"msg_{self.number}", "type": "message", "role": "assistant", "model": asked["model"]}
        text = {"type": "text", "text": "Seoul."}
        if not asked.get("stream"):
            ended = {"stop_reason": "end_turn", "stop_sequence": None}
            self.answer({**head, "content": [text], **ended, "usage": CLAUDE_USAGE})
            return
        begun = {**head, "content": [], "stop_reason": None, "stop_sequence": None}
        events = [
            {"type": "message_start", "message": {**begun, "usage": {**CLAUDE_USAGE, "output_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Seoul."}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 40}},
            {"type": "message_stop"},
        ]
        self.stream(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)

    def refuse(self, status: int) -> None:
        """Answer with a failure, in the form that OpenAI and Anthropic share."""
        kind = {429: "rate_limit_error", 400: "invalid_request_error"}.get(status, "not_found_error")
        error = {"type": kind, "message": "Slow down." if status == 429 else "No such thing.", "code": kind}
        self.answer({"type": "error", "error": error}, status)

    def answer(self, body: dict, status: int = 200) -> None:
        """Send one JSON body."""
        self.send(json.dumps(body).encode(), status, "application/json")

    def stream(self, parts) -> None:
        """Send server-sent events."""
        self.send("".join(parts).encode(), 200, "text/event-stream")

    def send(self, body: bytes, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: what is printed is the programs' own."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Models).serve_forever()
