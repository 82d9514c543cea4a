"""Structures that say by something else than a key what a value is: paths of validators, kinds of objects, bytes."""

import base64
import gzip
import json
import random
import sys
import zlib
from collections import OrderedDict, defaultdict
from typing import NamedTuple

import pytest

from logrouter.masking import mask

PW = "Tr0ub4dor" + "&3xkcd"
HIDDEN = "***MASKED***"


@pytest.mark.parametrize(
    "record",
    [
        {"type": "field", "value": PW, "msg": "bad", "path": "password", "location": "body"},
        {"path": "user.password", "value": PW},
        {"path": "$.users[0].password", "value": PW},
        {"instancePath": "/user/password", "data": PW, "keyword": "minLength"},
        {"path": "/password", "schemaPath": "#/minLength", "data": PW},
        {"dataPath": ".password", "data": PW},
        {"propertyPath": "password", "invalidValue": PW},
        {"PropertyName": "Password", "AttemptedValue": PW},
        {"loc": ["body", "passwords", 0], "input": PW},
        {"path": ["user", "password"], "instance": PW, "validator": "minLength"},
        {"OptionName": "MASTER_USER_PASSWORD", "OptionSetting": PW},
        {"question": "password", "answer": PW},
    ],
    ids=" ".join,
)
def test_what_was_typed_into_a_field_is_known_by_the_path_of_the_field(record):
    """An error of a validator, and whatever names a setting beside its value, hides the value and nothing else."""
    assert mask(record) == {key: HIDDEN if value == PW else value for key, value in record.items()}


@pytest.mark.parametrize(
    "record",
    [
        {"path": "/v1/users/password", "value": "POST-2xx"},
        {"path": "src/password.ts", "content": "a1B2c3D4"},
        {"path": "password.py", "content": "import os2"},
        {"path": "/reset-password", "value": 12},
        {"name": "auth-token", "instance": "web-1a2b3c", "job": "node"},
        {"path": ["user", "name"], "value": "kim01"},
        {"instancePath": "/user/age", "data": "12x", "keyword": "type"},
        {"question": "What is a token?", "answer": "A piece of a word"},
    ],
    ids=str,
)
def test_paths_of_routes_and_files_name_no_value(record):
    """A path that leads to a route, a file or a harmless field says nothing of the value beside it."""
    assert mask(record) == record


def test_what_lies_in_facts_about_a_password_is_hidden_when_it_looks_like_one():
    """Under a password's name even the objects of facts hide what looks like a secret, at any depth."""
    facts = {
        "policy": {"minLength": 8, "pattern": "lowercase"},
        "history": {"size": 5},
        "updated": {"at": "2026-11-20T10:00:00Z"},
    }
    record = {"password": {"value": PW, "meta": {"x": [PW], "y": {"z": PW}}, **facts}}

    assert mask(record) == {"password": {"value": HIDDEN, "meta": {"x": [HIDDEN], "y": {"z": HIDDEN}}, **facts}}


class Text(str):  # noqa: SLOT000 - as services write them
    """Text of a class of its own."""


class Refusing(str):  # noqa: SLOT000 - as above
    """Text of a class that cannot be made from text."""

    def __new__(cls):
        return super().__new__(cls, f"password={PW}")


def test_masked_values_are_of_the_types_that_came():
    """Subclasses of dict and str stay what they are, with what they know beside their items."""
    counted = defaultdict(list, {"password": PW})

    masked = mask({"a": OrderedDict(password=PW), "b": counted, "c": Text(f"password={PW}")})

    assert [type(value) for value in masked.values()] == [OrderedDict, defaultdict, Text]
    assert masked == {"a": {"password": HIDDEN}, "b": {"password": HIDDEN}, "c": f"password={HIDDEN}"}
    assert masked["b"].default_factory is list
    assert counted == {"password": PW}


def test_text_of_a_class_that_refuses_becomes_plain_text():
    """What cannot be made anew comes back as plain text, masked all the same."""
    masked = mask({"a": Refusing()})

    assert masked == {"a": f"password={HIDDEN}"}
    assert type(masked["a"]) is str


TEXT = b'{"password":"hunter2x","n":1}'
BYTES = [42, 42, 42, 77, 65, 83, 75, 69, 68, 42, 42, 42]


@pytest.mark.parametrize(
    ("record", "masked"),
    [
        ({"type": "Buffer", "data": list(TEXT)}, {"type": "Buffer", "data": BYTES + [42] * (len(TEXT) - 12)}),
        ({"body": [list(TEXT), 7]}, {"body": [BYTES + [42] * (len(TEXT) - 12), 7]}),
        (f"body=<Buffer {TEXT.hex(' ')} ... 3 more bytes>", f"body=<Buffer {HIDDEN} ... 3 more bytes>"),
        (f"body: [{' '.join(map(str, TEXT))}] ok", f"body: [{HIDDEN}] ok"),
        (f"body: [{', '.join(map(str, TEXT))}] ok", f"body: [{HIDDEN}] ok"),
        (f"[]byte{{{', '.join(map(hex, TEXT))}}}", f"[]byte{{{HIDDEN}}}"),
    ],
    ids=["Node", "lists", "Node's print", "Go", "Java", "Go's syntax"],
)
def test_bytes_are_read_as_the_text_they_are(record, masked):
    """A list of bytes whose text holds a secret gives way to the mask, in bytes where it has to stay a list of them."""
    assert mask(record) == masked
    assert mask(masked) == masked


def test_bytes_in_json_text_stay_json():
    """In JSON text the bytes of the mask take the place of the bytes, and all else stays as written."""
    masked = mask('{ "type": "Buffer", "data": ' + json.dumps(list(TEXT)) + ', "n" : 1 }')

    assert json.loads(masked) == {"type": "Buffer", "data": BYTES + [42] * (len(TEXT) - 12), "n": 1}
    assert mask(json.dumps({"log": json.dumps({"b": list(TEXT)})})).count("42,42,42,77") == 1


@pytest.mark.parametrize(
    "record",
    [
        {"type": "Buffer", "data": list(b"plain text, nothing in it")},
        {"latencies_ms": [112, 97, 115, 115, 119, 111, 114, 100, 61, 400]},
        "ports [8080 443 9090 1 2 3 4 5 6 7]",
        "<Buffer 00 ff 12 9c 45 a3 77 01 02 03>",
    ],
    ids=str,
)
def test_other_numbers_stay(record):
    """Bytes of harmless text and numbers that are no bytes are left alone."""
    assert mask(record) == record


@pytest.mark.parametrize("level", [1, 6, 9])
def test_base64_of_what_zlib_compressed_is_opened(level):
    """Celery, kombu and others send base64 of zlib; it is hidden where the text in it holds something."""
    hiding = base64.b64encode(zlib.compress(TEXT, level)).decode()
    plain = base64.b64encode(zlib.compress(b'{"state":"ok","n":1}' * 3, level)).decode()

    assert mask(f"data={hiding} n=1") == f"data={HIDDEN} n=1"
    assert mask(f"data={plain} n=1") == f"data={plain} n=1"


KEY = "c3ltbWV0cmlja2V5" + "MTIz"


@pytest.mark.parametrize("private", ["d", "p", "q", "dp", "dq", "qi", "k"])
def test_private_parts_of_json_web_keys_are_hidden(private):
    """Beside `kty` the values of d, p, q, dp, dq, qi and k are private; the public parts stay."""
    key = {"kty": "RSA", "n": KEY, "e": "AQAB", private: KEY, "kid": "2026-11", "use": "sig"}

    assert mask({"keys": [key]}) == {"keys": [{**key, private: HIDDEN}]}
    assert mask(str(key)) == str({**key, private: HIDDEN})
    assert mask({private: KEY, "n": "x"}) == {private: KEY, "n": "x"}


WORDS = "abandon ability able about above absent absorb abstract absurd abuse access accident"
LINK = "0a1b2c3d" * 4


@pytest.mark.parametrize(
    "text",
    [
        f"mnemonic: {WORDS};",
        f'seed phrase is "{WORDS}"',
        f"https://shop.example.com/reset-password/{LINK}?next=/",
        f"GET /magic-link/{LINK} 200",
        f"curl --user a: --proxy-user 'p:{PW}' x",
        f"WIFI:T:WPA;S:net;P:{PW};;",
    ],
)
def test_secrets_of_their_own_notations_are_hidden(text):
    """Words of a seed, links for one use, passwords of proxies and of wireless networks."""
    masked = mask(text)

    assert not any(part in masked for part in (WORDS, LINK, PW))
    assert HIDDEN in masked


@pytest.mark.parametrize(
    "text",
    [
        "mnemonic: write down all twelve words",
        "GET /reset-password/how-to-choose-a-good-one 200",
        "GET /orders/confirm/3f2a9c1e-7b44-4d1c-9a57-0c2f1f6b7d21 200",
        "curl --proxy-user p x",
        "WIFI:T:nopass;S:net;;",
    ],
)
def test_notations_without_a_secret_stay(text):
    """The same notations with nothing secret in them."""
    assert mask(text) == text


def test_what_mysql_found_twice_is_known_by_the_name_of_the_key():
    """`Duplicate entry 'x' for key 'users.rrn'` holds the value in front of its name."""
    number = "9001011" + "234567"

    assert (
        mask(f"Duplicate entry '{number}' for key 'users.rrn'")
        == "Duplicate entry '900101-*******' for key 'users.rrn'"
    )
    assert (
        mask(f"Duplicate entry '{PW}' for key 'sessions.token'")
        == f"Duplicate entry '{HIDDEN}' for key 'sessions.token'"
    )
    assert mask("Duplicate entry 'abc-1' for key 'users.UK_name'") == "Duplicate entry 'abc-1' for key 'users.UK_name'"


@pytest.mark.parametrize(
    "text",
    [
        "문의 전화 010-1211-0281 입니다",
        "연락처: 010-1211-0281",
        "a 가 b 나 c 다 password=hunter2x",
        '주문 1 번 {"비밀번호":"hunter2x"}',
        "가나 다라마 바 hong@example.com 사",
    ],
)
def test_base64_of_korean_text_is_opened(text):
    """However the bytes of syllables, blanks and digits fall into groups, base64 of such a text is read."""
    run = base64.b64encode(text.encode()).decode()

    assert mask(f"body={run} id=1") == f"body={HIDDEN} id=1"
    assert mask({"body": run}) == {"body": HIDDEN}


VALUE = "Xk29vbQ1" + "zPw7Lm30aQt5"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"[임시 비밀번호] {PW} 유효시간 10분", f"[임시 비밀번호] {HIDDEN} 유효시간 10분"),
        (f"[token] [{VALUE}] [ok]", f"[token] [{HIDDEN}] [ok]"),
        (f"token|{VALUE}|ok", f"token|{HIDDEN}|ok"),
        (f"비밀번호는{VALUE}입니다", f"비밀번호는{HIDDEN}입니다"),
        (f"PASSWORD.....: {PW} ok", f"PASSWORD.....: {HIDDEN} ok"),
        (f"password ==> {PW} ok", f"password ==> {HIDDEN} ok"),
        (f"oracle: scott/{VALUE}@//db:1521/ORCL", f"oracle: scott/{HIDDEN}@//db:1521/ORCL"),
        ("s3://exports/kimsujin@shop-test.kr.csv", "s3://exports/ki**@shop-test.kr.csv"),
    ],
)
def test_values_behind_names_in_marks_are_read(text, masked):
    """Brackets, pipes, dots and arrows may stand between a name and its value."""
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "record",
    [
        "이번 달 사용 토큰 40267개, 남은 토큰 146,272개",
        "KYB 결과 PASS c58fd7ad-e6d2-4216-97dd-540173453b99",
        "grant_type=client_credentials trace=c58fd7ad-e6d2-4216-97dd-540173453b99",
        "[auth-token] validated 12 keys in 30ms",
        "[token] [cache-3] hit",
        "암호는AES-256-GCM으로 저장",
        "return hash(password, salt)",
        "INSERT INTO token (access_token, ttl) VALUES (%(access_token)s, %(ttl)s)",
        'private static final String TOKEN_HEADER = "X-Auth-Token";',
        "| column | type |\n|---|---|\n| password | varchar(60) |\n| token | text |",
        "password_encryption = scram-sha-256",
        {"privateKeyFormat": "PKCS8", "privateKeyBits": 2048},
        {"validation": {"password": "required|min:8", "email": "required|email"}},
        {"deps": {"@types/cookie": "^0.6.0", "csurf": "1.11.0"}},
        "logo@2x.png pkg@1.2.tar.gz app@host.service",
    ],
    ids=str,
)
def test_what_only_looks_like_a_value_stays(record):
    """Counts, ids of requests, types, rules of validators, names of headers and columns are no secrets."""
    assert mask(record) == record


def test_an_address_in_two_fields_is_an_address():
    """Beside `emailDomain` the other part is an identifier, as `email1` is beside `email2`."""
    assert mask({"emailId": "bvzkrwpjw", "emailDomain": "example.com"}) == {
        "emailId": "bv**",
        "emailDomain": "example.com",
    }
    assert mask({"emailId": 4711, "emailStatus": "sent"}) == {"emailId": 4711, "emailStatus": "sent"}


def test_key_material_in_capitals_is_known():
    """`PRIVATEKEYPEM` has no marks between its words."""
    assert mask({"PRIVATEKEYPEM": VALUE, "REGION": "x"}) == {"PRIVATEKEYPEM": HIDDEN, "REGION": "x"}


SECRET_LINE = b"x kim.sujin" + b"@example.com password=" + PW.encode()
LONG = b"".join(b"%d line of a log %x\n" % (number, number * 2654435761) for number in range(40_000))


def base64_of(octets):
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    "octets",
    [
        gzip.compress(b"hello world") + gzip.compress(SECRET_LINE),
        gzip.compress(LONG + SECRET_LINE),
        gzip.compress(bytes(900_000)),
        b"\n\x21" + SECRET_LINE + b"\x12\x0e" + bytes(range(20)),
        bytes.fromhex("f3899ac2") + bytes(range(1, 32)) + b'{"password":"hunter2x"}' + bytes(range(128, 144)),
    ],
    ids=["second member", "beyond what is read", "bomb", "protobuf", "aggregated Kinesis record"],
)
def test_base64_that_is_not_all_text_is_read_or_hidden(octets):
    """All members of gzip are read, and text in binary data; what is more than is read is hidden unread."""
    assert mask({"awslogs": {"data": base64_of(octets)}}) == {"awslogs": {"data": HIDDEN}}


def test_base64_of_binary_data_stays():
    """Bytes without any text in them are left alone."""
    drawn = random.Random(20261120)
    runs = [base64_of(drawn.randbytes(200)) for _ in range(200)]

    assert [mask(f"data={run}") for run in runs] == [f"data={run}" for run in runs]


@pytest.mark.parametrize(
    ("record", "masked"),
    [
        (["Authorization", "Bearer qwertyuiopasdf"], ["Authorization", HIDDEN]),
        (
            {"rawHeaders": ["Host", "x", "Authorization", "Token abcdefghijkl"]},
            {"rawHeaders": ["Host", "x", "Authorization", HIDDEN]},
        ),
        ([["authorization", "Basic abcdefghijkl"]], [["authorization", HIDDEN]]),
        (["id", "password", "email", "phone"], ["id", "password", "email", "phone"]),
        (["Authorization", "bearer token"], ["Authorization", "bearer token"]),
        ("password값=abc123def", f"password값={HIDDEN}"),
        ("사용자password값: abc123def", f"사용자password값: {HIDDEN}"),
        ("password변경일: 2026-11-20", "password변경일: 2026-11-20"),
        ("Password: trace=0af7651916", "Password: trace=0af7651916"),
        ("cookie: trace_id=1; sid=abcdef12", f"cookie: {HIDDEN}"),
    ],
    ids=str,
)
def test_names_and_values_side_by_side(record, masked):
    """Pairs in lists, names that go on in Korean, prompts that nobody answered."""
    assert mask(record) == masked


class Login(NamedTuple):
    """What somebody typed."""

    user: str
    password: str


@pytest.mark.parametrize("has_orjson", [True, False])
def test_the_fields_of_named_tuples_are_names(monkeypatch, has_orjson):
    """A tuple with named fields is judged by their names, and stays a tuple of its class."""
    if not has_orjson:
        monkeypatch.setitem(sys.modules, "orjson", None)

    masked = mask({"a": [Login("kim", PW)], "b": Login("kim", "")})

    assert masked == {"a": [Login("kim", HIDDEN)], "b": Login("kim", "")}
    assert type(masked["a"][0]) is Login


@pytest.mark.parametrize(
    "lines", [("tel +81-90-", "1234-5678"), ("tel +81-90-1234-", "5678"), ("면허 서울-99-", "123456-01")]
)
def test_a_line_may_break_behind_the_hyphen_of_a_number(lines):
    """Numbers that a terminal or a mail broke behind a hyphen are the numbers they were."""
    whole, broken = mask("".join(lines)), mask("\n".join(lines))

    assert broken == whole != "".join(lines)
    assert mask({"m": "\n".join(lines)}) == {"m": whole}
    assert json.loads(mask(json.dumps({"m": "\n".join(lines)}))) == {"m": whole}
