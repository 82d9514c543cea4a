"""Structures that say by something else than a key what a value is: paths of validators, kinds of objects, bytes."""

from collections import OrderedDict, defaultdict

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
