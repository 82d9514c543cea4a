"""Whatever a record holds, masking raises nothing, changes nothing it was given, and lets nothing through."""

import copy
import dataclasses
import datetime as dt
import enum
import json
import pathlib
import types
import uuid
from collections import Counter, OrderedDict, UserDict, deque
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest

from logrouter.masking import FAILED, mask
from tests.fuzz.oracle import faults

PHONE = "010-" + "1234-5678"
CARD = "4111" + "1111" * 3
SECRET = "zQ9x-" + "K7mW2"
PLANTED = ["1234-5678", CARD, SECRET]


@dataclasses.dataclass
class Login:
    password: str = SECRET


class Choice(enum.Enum):
    PHONE = PHONE


class Point(NamedTuple):
    x: str
    y: int


class Unreadable:
    def __str__(self):
        raise ValueError(SECRET)

    __repr__ = __str__


class Text(str):
    __slots__ = ()


ODD = {
    "integer-key": {int(CARD): 1},
    "inner-under-integer-key": {1: {"password": SECRET}},
    "bytes-key": {b"password": SECRET},
    "identifying-bytes-key": {PHONE.encode(): 1},
    "tuple-key": {("password",): SECRET},
    "identifying-tuple-key": {(PHONE, 1): 1},
    "none-key": {None: PHONE},
    "float-and-bool-keys": {1.5: PHONE, True: SECRET + "@example.com"},
    "decimal": {"password": Decimal(12345678), "n": Decimal(CARD)},
    "exception": {"error": ValueError(f"password={SECRET} {PHONE}")},
    "exception-under-key": {"password": ValueError(SECRET)},
    "path": {"file": pathlib.PurePosixPath(f"/a/{PHONE}")},
    "dataclass": {"login": Login()},
    "enum": {"choice": Choice.PHONE},
    "mapping": {"m": types.MappingProxyType({"password": SECRET})},
    "user-dict": {"m": UserDict({"password": SECRET})},
    "ordered-dict": OrderedDict(password=SECRET),
    "counter": {"c": Counter({PHONE: 2})},
    "deque": {"d": deque([PHONE])},
    "keys-of-a-dict": {"k": {PHONE: 1}.keys()},
    "tuple": {"t": (PHONE, {"password": SECRET})},
    "named-tuple": {"t": Point(PHONE, 1)},
    "set": {"s": {PHONE}, "f": frozenset([PHONE]), "password": {SECRET}},
    "bytes": {"b": PHONE.encode(), "a": bytearray(PHONE.encode()), "m": memoryview(PHONE.encode())},
    "text-subclass": {Text("password"): Text(SECRET), "t": Text(PHONE)},
    "list-record": [f"password={SECRET}", {"password": SECRET}, PHONE],
    "number-record": int(CARD),
    "bytes-record": PHONE.encode(),
    "tuple-record": (PHONE, 1),
    "surrogates": {"a\ud800": f"\udfff password={SECRET} {PHONE} \ud83d"},
    "huge-numbers": {"password": 10**1500, "tel": PHONE, "n": 10**400, "f": 1e999, "i": -(2**70)},
}
HARMLESS = {
    "none": None,
    "numbers": {"n": 10**400, "m": 10**5000, "f": 1e999, "g": -1e999, "i": 2**64, "j": -(2**63), "h": 1e-320},
    "dates": {"at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "day": dt.date(2026, 11, 20), "took": dt.timedelta(3)},
    "ids": {"id": uuid.UUID(int=5), "ratio": Fraction(1, 3), "cost": Decimal("12.50"), "z": 3 + 4j},
    "others": {"r": range(3), "f": len, "t": int, "e": Ellipsis},
    "empty": {},
    "text": "",
    "list": [],
}  # fmt: skip


def written(value):
    """Write a value as anyone might: its repr and its text, and the values of enums and bytes."""
    return repr(value) + str(value) + json.dumps(value, default=lambda odd: repr(odd) + str(getattr(odd, "value", "")), skipkeys=True)  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_value_hides_what_it_holds(name):
    """Keys and values of any Python type are read as their text, and lose what is sensitive in it."""
    masked = mask(ODD[name])

    assert [part for part in PLANTED if part in written(masked)] == []
    assert masked != {"message": FAILED}
    assert repr(mask(masked)) == repr(masked)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_value_is_the_very_same(name):
    """What holds nothing sensitive comes back as the very object it was."""
    assert mask(HARMLESS[name]) is HARMLESS[name]


def test_unreadable_object_takes_the_record_with_it():
    """An object that cannot be written might hold anything: the placeholder stands for the record."""
    assert mask({"a": Unreadable()}) == {"message": FAILED}
    assert mask({Unreadable(): 1}) == {"message": FAILED}


def test_input_is_not_changed():
    """Masking makes a new record and leaves the given one, and all inside it, as it was."""
    record = {"password": SECRET, "l": [PHONE, {"a": (PHONE, {PHONE})}], "b": bytearray(PHONE.encode()), PHONE: None}
    before = copy.deepcopy(record)

    masked = mask(record)

    assert record == before
    assert masked != before


def test_shared_and_cyclic_parts():
    """A part that is met twice, or that holds itself, is masked wherever it stands."""
    part = {"password": SECRET}
    part["self"] = part
    record = {"a": part, "b": [part, part], "password": SECRET}

    masked = mask(record)

    assert SECRET not in repr(masked)
    assert masked["a"] == masked["b"][0] == masked["b"][1]


def test_keys_that_become_one_keep_both_values():
    """Two keys whose masks are the same keep both values, in their order."""
    masked = mask({"010-" + "1234-5678": 1, "010-" + "9999-5678": 2, "z": 3})

    assert [*masked.values()] == [1, 2, 3]
    assert next(iter(masked)) == "010-****-5678"


@pytest.mark.parametrize("opening", ['{"a":', "[", '{"a":[', '"', "{'a': ", "<a>", "a(", '{"a":"{\\"a\\":'])
@pytest.mark.parametrize("depth", [100, 10_000])
def test_text_of_any_depth_hides_its_secret(opening, depth):
    """However deep a text opens, and whether it ever closes, the secret at its bottom is gone."""
    text = opening * depth + '{"password":"' + SECRET + '"}'

    masked = mask(text)

    assert SECRET not in masked
    assert masked != FAILED


def test_dict_and_list_of_ten_thousand_levels():
    """Ten thousand levels of dicts and lists are walked without recursion."""
    record = {"password": SECRET}
    for level in range(10_000):
        record = {"a": [record]} if level % 2 else {"a": record, "n": level}

    masked = mask(record)
    for level in reversed(range(10_000)):
        masked = masked["a"][0] if level % 2 else masked["a"]

    assert masked == {"password": "***MASKED***"}


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "a b " * 250_000, "가나다 " * 250_000, '{"a": 1, "b": "x"} ' * 50_000, "\\u0061" * 160_000, "😀" * 250_000, "\ud800" * 1_000_000, "0" * 1_000_000, "\x00" * 1_000_000],
    ids=range(9),
)  # fmt: skip
def test_secret_at_the_end_of_a_megabyte_is_gone(text):
    """A megabyte of anything is masked to its end."""
    masked = mask(f'{text} {{"password":"{SECRET}"}} tel {PHONE}')

    assert masked.endswith('{"password":"***MASKED***"} tel 010-****-5678')


@pytest.mark.parametrize(
    "text",
    ["1e999", '{"a":1e999,"b":-1E-999,"password":1e5}', '{"n":' + "9" * 5000 + "}", "NaN", '{"a":NaN,"b":Infinity,"c":-Infinity,"password":NaN}', '{"a":01,"b":+1,"c":.5}', "{", "[[[", '{"":""}', '{"a":1,"a":2}', '"', "\\", "\\u", "\\ud800", "%", "%%%", "&#;", "&#x110000;", "\\u{110000}", "%ff%fe", "\x00\x01"],
)  # fmt: skip
def test_odd_text_breaks_no_law(text):
    """Numbers beyond every range, broken escapes and half JSON are masked as lawfully as anything."""
    assert faults(text) == []
    assert faults({"m": text, "password": text}) == []
