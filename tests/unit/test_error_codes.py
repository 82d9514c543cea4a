"""Codes with which errors say what happened where their types do not."""

import pytest

from logrouter.stages.error_codes import CODE_PATTERNS, code_among, code_in


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
    ],
)
def test_codes_in_fields(attributes, code):
    """A field that is named for a code states one, unless it holds a sentence or no value."""
    assert code_among(attributes) == code
