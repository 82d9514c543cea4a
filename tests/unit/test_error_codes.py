"""Codes with which errors say what happened where their types do not."""

import json

import pytest

from logrouter.model import MaskedEvent, MaskedText, Origin
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.grouping.error_codes import CODE_PATTERNS, code_among, code_in
from logrouter.stages.parse import parse


@pytest.mark.parametrize("pattern", CODE_PATTERNS, ids=lambda pattern: pattern.example[1])
def test_codes_are_found(pattern):
    """Each family's way to state a code is read."""
    message, code = pattern.example

    assert code_in(message) == code


@pytest.mark.parametrize(
    "message", ["", "declined", "EVERY order of 500 items", "status of order 500", "404 orders lost"]
)
def test_words_and_numbers_are_no_codes(message):
    """A number or a word in capitals by itself is no code."""
    assert code_in(message) is None


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"error_code": "E1001"}, "E1001"),
        ({"code": "ECONNREFUSED"}, "ECONNREFUSED"),
        ({"errorCode": 4012}, "4012"),
        ({"code": "the code of the door"}, None),
        ({"code": True}, None),
        ({"code": ["E1"]}, None),
        ({}, None),
        ({"err": {"code": "E_BANK"}}, "E_BANK"),
        ({"error": {"cause": {"code": "ECONNRESET"}}}, "ECONNRESET"),
        ({"err": {"code": "E_BANK", "cause": {"code": "ECONNRESET"}}}, "E_BANK"),
        ({"trace_details": "code: 'E_BANK'"}, "E_BANK"),
        ({"trace_details": "errno: -111,\n  code: 'ECONNREFUSED',\nsyscall: 'connect'"}, "ECONNREFUSED"),
        ({"trace_details": "[code]: 4012 }"}, "4012"),
        ({"trace_details": "the zip code: 04711 of Seoul"}, None),
        ({"order": {"code": "E_BANK"}}, None),
    ],
)
def test_codes_in_fields(attributes, code):
    """A field that is named for a code states one, unless it holds a sentence or no value.

    The error's own fields count wherever the logger put them, and before those of its cause.
    """
    assert code_among(attributes) == code


def test_an_endless_chain_of_causes_ends():
    """An object that is its own cause is given up on."""
    error = {"code": None}
    error["cause"] = error

    assert code_among({"err": error}) is None


STACK = "BankRefused: no\n    at pay (/app/src/pay.js:7:9)\n    at main (/app/src/main.js:3:1)"
WINSTON = {"level": "error", "message": "transfer failed: no", "code": "E_BANK", "stack": STACK, "service": "shop"}
PINO_ERROR = {"type": "BankRefused", "message": "no", "stack": STACK, "code": "E_BANK"}
PINO = {"level": 50, "time": 1795140000000, "pid": 7, "hostname": "h", "err": PINO_ERROR, "msg": "transfer failed"}
CONSOLE = f"transfer failed: {STACK} {{\n  code: 'E_BANK'\n}}"


@pytest.mark.parametrize("line", [json.dumps(WINSTON), json.dumps(PINO), CONSOLE], ids=["winston", "pino", "console"])
def test_a_failure_groups_alike_by_whatever_it_is_logged(line):
    """winston spreads an error's fields, pino nests them, the console prints them: all are one issue."""
    origin = Origin("123456789012", "ap-northeast-2", "/aws/ecs/shop/application", "s")
    record = parse(MaskedEvent(origin, "1", 1795140000000, MaskedText(line)))

    issue = classify(record, default_policy().section("errors"), None)

    assert issue.fingerprint == ("{{ default }}", "shop", "E_BANK")
