"""The corpus: every class of the contract in the notations of the loggers, and all that has to survive."""

import json
from pathlib import Path

import pytest

from logrouter.masking import mask
from tests.data.masking_corpus import KEY_VALUE, KEYS, NUMBERS, PASSWORD_LINES, PW, SURVIVORS, TOKENS

KEY_LAYOUTS = {
    "dict": lambda key: {key: KEY_VALUE, "x": "keep"},
    "json": lambda key: json.dumps({"a": {"b": [{key: KEY_VALUE, "x": "keep"}]}}, ensure_ascii=False),
    "ascii-json": lambda key: json.dumps({key: KEY_VALUE, "x": "keep"}),
    "pair": lambda key: {"list": [{"name": key, "value": KEY_VALUE}, {"name": "x", "value": "keep"}]},
    "pair-json": lambda key: json.dumps([{"key": key, "value": KEY_VALUE, "x": "keep"}]),
    "otel-pair": lambda key: {"attributes": [{"key": key, "value": {"stringValue": KEY_VALUE}}], "x": "keep"},
    "two": lambda key: {"headers": [[key, KEY_VALUE], ["x", "keep"]]},
    "flat": lambda key: {"rawHeaders": ["Host", "keep", key, KEY_VALUE, "Accept", "*/*"]},
    "assigned": lambda key: f"INFO keep {key.replace(' ', '_')}={KEY_VALUE} next=1",
    "colon": lambda key: f"INFO keep {key}: {KEY_VALUE}",
    "nested-text": lambda key: {"body": json.dumps({"d": json.dumps({key: KEY_VALUE})}), "x": "keep"},
    "container": lambda key: (
        {key: {"a": [KEY_VALUE]}, "x": "keep"} if key != "signature" else {key: KEY_VALUE, "x": "keep"}
    ),
    "list": lambda key: {key: [KEY_VALUE, KEY_VALUE], "x": "keep"},
}
TOKEN_LAYOUTS = {
    "alone": lambda token: token,
    "sentence": lambda token: f"got {token} ok",
    "path": lambda token: f"url https://x.example.com/{token}/y",
    "quoted": lambda token: f'id="{token}"',
    "hangul": lambda token: f"결과:{token}입니다",
    "bracket": lambda token: f"[{token}]",
    "list": lambda token: f"a,{token},b",
    "escaped-line": lambda token: f"err\\n{token}",
    "dict": lambda token: {"msg": f"x {token}", "l": [token]},
    "map-key": lambda token: {"m": {token: 1}},
    "json-line": lambda token: json.dumps({"msg": f"line\n{token}\n"}),
}
NUMBER_LAYOUTS = {
    "alone": lambda text: text,
    "sentence": lambda text: f"고객 {text} 확인",
    "comma": lambda text: f"user {text}, next",
    "glued": lambda text: f"메모{text}로 연락",
    "quoted": lambda text: f'"{text}"',
    "assigned": lambda text: f"a={text};b=1",
    "brackets": lambda text: f"({text})",
    "full-stop": lambda text: f"메모:{text}.",
    "lines": lambda text: f"line\n{text}\nline",
    "json": lambda text: json.dumps({"msg": f"연락 {text} 끝", "n": 1}, ensure_ascii=False),
    "ascii-json": lambda text: json.dumps({"msg": f"연락{text}끝", "n": 1}),
    "map-key": lambda text: {"m": {text: 1}},
    "dict": lambda text: {"list": [{"memo": text}]},
}

LINES = json.loads((Path(__file__).parent.parent / "data" / "masking_lines.json").read_text("utf-8").replace("¦", ""))


def as_text(record):
    return record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)


@pytest.mark.parametrize(("line", "kept"), [pytest.param(line, kept, id=name) for name, line, kept in PASSWORD_LINES])
def test_password_is_hidden_in_every_notation(line, kept):
    """A password is masked however a language prints it, and what stands beside it stays."""
    masked = mask(line)

    assert [part for part in (PW, "Tr0ub4dor3", "horse battery") if part in masked] == []
    assert [part for part in kept if part not in masked] == []
    assert mask(masked) == masked


@pytest.mark.parametrize("layout", KEY_LAYOUTS)
@pytest.mark.parametrize("key", KEYS)
def test_key_is_recognised_in_every_spelling(key, layout):
    """A sensitive key is known in any spelling, prefix, suffix and layout; its neighbours stay."""
    record = KEY_LAYOUTS[layout](key)

    masked = mask(record)

    assert KEY_VALUE not in as_text(masked)
    assert "keep" in as_text(masked)
    assert type(masked) is type(record)
    assert mask(masked) == masked


@pytest.mark.parametrize("layout", TOKEN_LAYOUTS)
@pytest.mark.parametrize("vendor", TOKENS)
def test_vendor_token_is_hidden_without_any_label(vendor, layout):
    """A vendor's token is masked wherever it stands, with nothing that names it."""
    masked = mask(TOKEN_LAYOUTS[layout](TOKENS[vendor]))

    assert TOKENS[vendor] not in as_text(masked)
    assert TOKENS[vendor][-8:] not in as_text(masked)
    assert mask(masked) == masked


@pytest.mark.parametrize("layout", NUMBER_LAYOUTS)
@pytest.mark.parametrize(
    ("text", "exact", "hidden"), [pytest.param(text, exact, hidden, id=name) for name, text, exact, hidden in NUMBERS]
)
def test_identifier_is_hidden_in_every_place(text, exact, hidden, layout):
    """An identifier is masked in prose, JSON, map keys and glued to Hangul; the specified masks are exact."""
    masked = mask(NUMBER_LAYOUTS[layout](text))

    assert [part for part in hidden if part in as_text(masked)] == []
    assert exact is None or exact in as_text(masked)
    assert mask(masked) == masked


@pytest.mark.parametrize("case", LINES["masked"], ids=lambda case: as_text(case["record"])[:40])
def test_realistic_line_hides_its_secrets(case):
    """Lines as services write them lose their secrets and keep what stands beside them."""
    masked = mask(case["record"])

    assert [part for part in case["hidden"] if part in as_text(masked)] == []
    assert [part for part in case["kept"] if part not in as_text(masked)] == []
    assert mask(masked) == masked


@pytest.mark.parametrize("case", LINES["masked"], ids=lambda case: as_text(case["record"])[:40])
def test_realistic_line_inside_a_json_record_hides_its_secrets(case):
    """The same lines hide the same secrets as the message of a JSON record, which stays JSON."""
    masked = mask(json.dumps({"level": "info", "msg": as_text(case["record"])}))

    assert [part for part in case["hidden"] if part in json.loads(masked)["msg"]] == []
    assert mask(masked) == masked


@pytest.mark.parametrize("record", LINES["clean"], ids=lambda record: as_text(record)[:40])
def test_clean_line_is_left_untouched(record):
    """Realistic lines without secrets pass byte for byte, alone and inside a JSON record."""
    nested = json.dumps({"level": "info", "msg": record}, ensure_ascii=False)

    assert mask(record) == record
    assert mask(nested) == nested


@pytest.mark.parametrize("record", [pytest.param(record, id=name) for name, record in SURVIVORS])
def test_survivor_is_left_untouched(record):
    """Counts, facts, prose, placeholders, ids, dates and traces pass as they are."""
    assert mask(record) == record


@pytest.mark.parametrize(
    "record", [pytest.param(record, id=name) for name, record in SURVIVORS if not isinstance(record, str)]
)
def test_survivor_written_as_json_is_left_untouched(record):
    """The same holds for the record's JSON text, byte for byte."""
    line = json.dumps(record, ensure_ascii=False)

    assert mask(line) == line


def test_masked_json_is_still_json_with_types_and_order():
    """Masking a JSON line keeps its syntax, its types and the order of its keys."""
    line = json.dumps({"z": 1.50, "cvc": 123, "a": [True, None, {"password": "x1", "n": 7}], "card": 1234567890123456})

    masked = json.loads(mask(line))

    assert masked == {
        "z": 1.5,
        "cvc": "***MASKED***",
        "a": [True, None, {"password": "***MASKED***", "n": 7}],
        "card": "1234-****-****-3456",
    }
    assert list(masked) == ["z", "cvc", "a", "card"]


def test_rest_of_a_json_line_stays_byte_identical():
    """White space, number spellings, escapes and duplicate keys around a masked value stay as they were written."""
    line = '{ "a":1.50e3 ,"k":"\\u00e9\\/", "a": 2,\t"password" : "x1y2", "z":-0 }'

    assert mask(line) == line.replace("x1y2", "***MASKED***")


def test_split_fields_are_masked_together():
    """Fields that hold the parts of one identifier are masked as the whole would be."""
    record = {"phone1": "010", "phone2": "1234", "phone3": "5678", "rrn1": "900101", "rrn2": "1234567"}

    assert mask(record) == {
        "phone1": "010",
        "phone2": "****",
        "phone3": "5678",
        "rrn1": "900101",
        "rrn2": "*******",
    }


@pytest.mark.parametrize(
    ("record", "masked"),
    [
        ({"phone": ["010", "1234", "5678"]}, {"phone": ["010", "****", "5678"]}),
        ({"rrn": ["900101", "1234567"]}, {"rrn": ["900101", "*******"]}),
        ({"card": ["1234", "5678", "9012", "3456"]}, {"card": ["1234", "****", "****", "3456"]}),
        ({"phoneMiddle": "1234"}, {"phoneMiddle": "****"}),
        ({"type": "password", "value": "x1y2"}, {"type": "password", "value": "***MASKED***"}),
        ({"columns": ["id", "pw"], "rows": [[1, "x1y2"]]}, {"columns": ["id", "pw"], "rows": [[1, "***MASKED***"]]}),
        (
            {"ParameterKey": "DbPassword", "ParameterValue": "x1"},
            {"ParameterKey": "DbPassword", "ParameterValue": "***MASKED***"},
        ),
        ({"args": ["--password", "x1y2", "-v"]}, {"args": ["--password", "***MASKED***", "-v"]}),
        ("x 비밀키=x1y2z3 y", "x 비밀키=***MASKED*** y"),
        ("password: |\n  x1y2\nuser: kim", "password: |\n  ***MASKED***\nuser: kim"),
        ('password = """x1y2"""', 'password = """***MASKED***"""'),
        ('{password,"x1y2"}', '{password,"***MASKED***"}'),
    ],
)
def test_value_is_known_by_what_stands_beside_it(record, masked):
    """Parts of one number, columns, pairs, arguments and blocks are read by their structure."""
    assert masked == mask(record)


def test_two_keys_that_become_one_keep_both_values():
    """When masking makes two map keys equal, no value is lost."""
    masked = mask({"010-" + "1234-5678": 1, "010-" + "9999-5678": 2})

    assert sorted(masked.values()) == [1, 2]


def test_kubernetes_secret_hides_its_data():
    """In a Kubernetes Secret every datum is masked, its metadata stays."""
    masked = mask({"kind": "Secret", "metadata": {"name": "db"}, "data": {"anything": "aGVsbG8="}})

    assert masked == {"kind": "Secret", "metadata": {"name": "db"}, "data": {"anything": "***MASKED***"}}


def test_record_itself_is_not_changed():
    """Masking returns a new record; the caller's object stays as it was."""
    record = {"a": {"password": "x1"}, "b": ["010-" + "1234-5678"]}

    mask(record)

    assert record == {"a": {"password": "x1"}, "b": ["010-" + "1234-5678"]}


def test_python_types_are_kept():
    """Tuples stay tuples, bytes stay bytes, and a clean part is the very object of the record."""
    clean = {"x": (1, 2.5, None)}
    masked = mask({"t": ("password=x1y2", 3), "b": b"tel 010-1234-5678", "clean": clean})

    assert masked["t"] == ("password=***MASKED***", 3)
    assert masked["b"] == b"tel 010-****-5678"
    assert masked["clean"] is clean
