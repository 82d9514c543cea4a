"""Secrets and identifiers as languages, forms and headers print them: the value goes, all around it stays."""

import json

import pytest

from logrouter.masking import mask

SECRET = "Maple" + "pc7vB3S9y"
ACCOUNT = "110-" + "123-" + "456789"
HIDDEN = "***MASKED***"


def serialized(value):
    """Write a value as `serialize` of PHP does."""
    if isinstance(value, dict):
        return f"a:{len(value)}:{{" + "".join(serialized(key) + serialized(item) for key, item in value.items()) + "}"
    if isinstance(value, int):
        return f"i:{value};"
    return f's:{len(value.encode())}:"{value}";'


PRINTS = {
    "serialized": 'a:1:{s:8:"password";s:14:"%s";}',
    "serialized, private": 'O:4:"User":1:{s:14:"\0User\0password";s:14:"%s";}',
    "serialized in JSON": '{"payload": "a:1:{s:5:\\"token\\";s:14:\\"%s\\";}"}',
    "serialized pair": 's:4:"name";s:8:"password";s:5:"value";s:14:"%s";',
    "session": 'count|i:3;password|s:14:"%s";user|i:7;',
    "tuple": '[{"accept", "*/*"}, {"x-auth-token", "%s"}]',
    "tuple of an atom": '[{:api_key, "%s"}, {:port, 80}]',
    "map of binaries": '#{<<"password">> => <<"%s">>}',
    "binaries": '[{<<"x-api-key">>,<<"%s">>},{<<"accept">>,<<"*/*">>}]',
    "keyword list": '[password: "%s", user: "kim"]',
    "map of Elixir": '%%{"password" => "%s", "age" => 3}',
    "struct": '%%User{id: 1, password: "%s", name: "kim"}',
    "value first": "{'attrs': [{'value': '%s', 'key': 'client_secret'}]}",
    "value first, more between": "{'value': '%s', 'type': 'String', 'name': 'password'}",
    "value first in Java": "[Header(value=%s, name=password)]",
    "value first in Go": "{Value:%s Name:password}",
    "value first in Ruby": '{:value=>"%s", :name=>"password"}',
    "value first in PHP": "Array ( [value] => %s [name] => password )",
    "value first in XML": "<param><value>%s</value><name>password</name></param>",
    "value first in YAML": "- value: %s\n  name: password\n- value: 1\n  name: page",
    "input": '<input name="password" value="%s">',
    "input, value first": '<input value="%s" name="password" type="text">',
    "input by its type": '<input type="password" name="x" value="%s">',
    "cells": "<td>비밀번호</td><td>%s</td><td>GOLD</td>",
    "terms": "<dt>password</dt>\n<dd>%s</dd>",
    "property list": "<key>password</key>\n<string>%s</string>",
    "emphasis": "<li><b>password</b>: %s</li>",
    "list of one": "{'name': 'DB_PASSWORD', 'value': ['%s']}",
    "slice": 'password: []string{"%s"}',
    "set": "{'password': {'%s'}}",
    "header of the edge": '{"authorization": [{"key": "Authorization", "value": "%s"}]}',
    "header of the edge, printed": "{'x-api-key': [{'key': 'X-Api-Key', 'value': '%s'}]}",
}


@pytest.mark.parametrize("print_", PRINTS)
def test_secret_is_hidden_in_every_print_and_nothing_else(print_):
    """Only the secret gives way to its mask."""
    assert mask(PRINTS[print_] % SECRET) == PRINTS[print_] % HIDDEN


@pytest.mark.parametrize(
    "value",
    ["it's {}", "it''s {}", "a, b; c} {}", 'say "{}"', "한글 {}"],
)
def test_counted_value_is_read_by_its_length(value):
    """Quotes, braces and commas in a serialized value do not end it."""
    record = serialized({"password": value.replace("{}", SECRET), "grade": "GOLD"})

    masked = mask(record)

    assert SECRET not in masked
    assert masked.endswith('";s:5:"grade";s:4:"GOLD";}')


@pytest.mark.parametrize("number", ["pin", "otp", "cvc"])
def test_serialized_number_is_hidden(number):
    """`i:1234` under a secret name is as secret as a string."""
    assert mask(serialized({number: 493817, "n": 5})) == f's:{len(number)}:"{number}";i:{HIDDEN};s:1:"n";i:5;'.join(
        ("a:2:{", "}")
    )


@pytest.mark.parametrize("value", ["'it''s {}'", "'it\\'s {}'", "'it'\\''s {}'", "'it'\"'\"'s {}'", '"it\'s {}"'])
def test_apostrophes_do_not_end_a_value(value):
    """However an apostrophe is written inside quotes, the whole value goes."""
    masked = mask(f"--password={value.format(SECRET)} --user=kim")

    assert SECRET not in masked
    assert masked.endswith(" --user=kim")


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("(02) 1234-5678", "02-****-5678"),
        ("02)123-4567", "02-***-4567"),
        ("(031)-8050-3941", "031-****-3941"),
        ("(064)12345678", "064-****-5678"),
        ("(010) 2345-6789", "010-****-6789"),
        ("（02）1234-5678", "02-****-5678"),
    ],
)
def test_area_code_in_brackets(written, masked):
    """Brackets around an area code go with it."""
    assert mask(f"문의 {written} 로") == f"문의 {masked} 로"


@pytest.mark.parametrize(
    "record",
    [
        {"headers": {"authorization": [{"key": "Authorization", "value": "Bearer " + SECRET}]}},
        {"accountNo": {ACCOUNT: {"balance": 3}}},
        {"businessNo": ["１２３", "４５", "６７８９０"]},
        {"ssn1": "219", "ssn2": "41", "ssn3": "7592"},
        {"licenseNo": {"p1": "11", "p2": "99", "p3": "123456", "p4": "01"}},
    ],
)
def test_parts_and_map_keys_are_hidden(record):
    """Identifiers cut into fields, lists and keys of maps are hidden, names and structure stay."""
    masked = json.dumps(mask(record))

    assert "*" in masked
    assert not any(part in masked for part in (SECRET, ACCOUNT, "123456", json.dumps("６７８９０"), "219"))
    assert next(iter(record)) in masked


@pytest.mark.parametrize(
    "record",
    [
        '<label for="password">Password</label><input value="kim" name="user">',
        "<td>비밀번호</td><td>변경일</td><td>등급</td>",
        "<td>password</td><td>2026-11-20</td>",
        '[{"accept", "*/*"}, {"content-type", "text/html"}]',
        "{'value': 'prod', 'key': 'stage'}",
        's:8:"password";N;s:4:"name";s:3:"kim";',
        's:8:"password";b:0;s:4:"name";s:3:"kim";',
        "value=7 name=page",
        "[02] 2026-11-20 12:00:00 started",
        {"account": "192.168.100.200"},
        {"account": "2026 11 20"},
        {"phone": {"20261120": 3}},
    ],
)
def test_prints_without_secrets_stay(record):
    """Labels, headers of tables, settings and dates stay as they are."""
    assert mask(record) == record
