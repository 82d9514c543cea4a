"""Ways to nest a text in a record: what services do to a message before it is a log line."""

import base64
import gzip
import html
import json
from urllib.parse import quote


def _j(value):
    return json.dumps(value, ensure_ascii=False)


def _levels(text, depth):
    for level in range(depth):
        text = json.dumps({"b": text, "n": 1}, ensure_ascii=bool(level % 2))
    return text


NESTINGS = {
    "alone": lambda text: text,
    "sentence": lambda text: f"고객 {text} 확인",
    "glued": lambda text: f"고객{text}님",
    "value": lambda text: {"a": {"b": [{"memo": text, "n": 1}]}},
    "map-key": lambda text: {"m": {text: 1}},
    "list": lambda text: {"l": [[text, None], True]},
    "json": lambda text: _j({"a": 1, "msg": f"x {text} y"}),
    "ascii-json": lambda text: json.dumps({"a": 1, "msg": f"x {text} y"}),
    "json-key": lambda text: _j({"m": {text: 1}}),
    "json-2": lambda text: _levels(text, 2),
    "json-4": lambda text: _levels(text, 4),
    "json-in-value": lambda text: {"body": _levels(text, 2), "n": 1},
    "json-in-text": lambda text: f"received {_j({'m': text})} in 3ms",
    "escaped-json-in-text": lambda text: f"received {_j(_j({'m': text}))} in 3ms",
    "cut-json": lambda text: _j({"a": 1, "msg": text + " and then"})[:-6],
    "lines": lambda text: f"first\n  {text}\nlast",
    "xml": lambda text: f"<r><v>{html.escape(text, quote=False)}</v></r>",
    "html-json": lambda text: f"<p>{html.escape(_j({'m': text}))}</p>",
    "query": lambda text: f"GET /x?q={quote(text, safe='')}&z=1 HTTP/1.1",
    "query-json": lambda text: f"GET /x?q={quote(_j({'m': text}), safe='')} 200",
    "base64": lambda text: "data=" + base64.b64encode(_j({"m": text, "z": "고객"}).encode()).decode(),
    "base64-value": lambda text: {"Records": [{"kinesis": {"data": base64.b64encode(text.encode()).decode()}}]},
    "gzip": lambda text: {"data": base64.b64encode(gzip.compress(_j({"m": text}).encode(), mtime=0)).decode()},
}
