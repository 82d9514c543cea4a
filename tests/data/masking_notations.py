"""How a name and its value are written: notations that quote any character, and bare ones for plain values."""

import base64
import json
from urllib.parse import quote
from xml.sax.saxutils import escape


def _j(value):
    return json.dumps(value, ensure_ascii=False)


QUOTED = {
    "json": lambda key, value: _j({key: value, "z": 1}),
    "ascii-json": lambda key, value: json.dumps({key: value, "z": 1}),
    "json-in-json": lambda key, value: json.dumps({"b": json.dumps({key: value, "z": 1})}),
    "json-in-text": lambda key, value: f"body {_j({key: value, 'z': 1})} done",
    "json-escaped-in-text": lambda key, value: f"msg={_j(_j({key: value, 'z': 1}))} end",
    "json-cut-off": lambda key, value: _j({"z": 1, key: value + "zzzz"})[:-4],
    "python": lambda key, value: repr({"a": 1, key: value, "z": 1}),
    "ruby": lambda key, value: f'{{"{key}"=>{_j(value)}, "z"=>1}}',
    "toml": lambda key, value: f"{key} = {_j(value)}\nz = 1",
    "yaml": lambda key, value: f"a: 1\n{key}: {_j(value)}\nz: 1",
    "assigned": lambda key, value: f"INFO {key}={_j(value)} z=1",
    "query": lambda key, value: f"GET /x?{key}={quote(value, safe='')}&z=1 200",
    "xml": lambda key, value: f"<r><{key}>{escape(value)}</{key}><z>1</z></r>",
    "base64": lambda key, value: "data=" + base64.b64encode(json.dumps({key: value}).encode()).decode(),
}
"""The value may hold any character; the notation quotes or escapes it."""

BARE = {
    "assigned": lambda key, value: f"login {key}={value} z=1",
    "list": lambda key, value: f"a=1, {key}={value}, z=1",
    "colon": lambda key, value: f"INFO {key}: {value}",
    "java": lambda key, value: f"User(a=1, {key}={value}, z=1)",
    "java-map": lambda key, value: f"{{a=1, {key}={value}, z=1}}",
    "go": lambda key, value: f"{{A:1 {key}:{value} Z:1}}",
    "php": lambda key, value: f"[a] => 1 [{key}] => {value} [z] => 1",
    "env": lambda key, value: f"A=1\n{key}={value}\nZ=1",
    "properties": lambda key, value: f"a.b=1\na.{key}={value}\nz=1",
    "yaml": lambda key, value: f"a: 1\n{key}: {value}\nz: 1",
    "arrow": lambda key, value: f"{key} -> {value}",
    "csharp": lambda key, value: f"{{ A = 1, {key} = {value}, Z = 1 }}",
    "flag": lambda key, value: f"run --{key} {value} --z 1",
    "flag-assigned": lambda key, value: f"run --{key}={value} --z 1",
    "header": lambda key, value: f"> {key}: {value}\r\n> z: 1",
    "semicolons": lambda key, value: f"a=1;{key}={value};z=1",
}
"""The value ends where the notation says; it holds no space, comma, bracket or quote."""
