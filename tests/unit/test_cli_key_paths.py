"""Where something stands in a text: the path of keys, or line and column; never a name that might identify somebody."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.masking import Finding, default_masker
from logrouter_cli.key_paths import spots

PHONE = "010-" + "0412-8837"


def paths(text):
    return [spot.path for spot in spots(text, default_masker().locate(text)[1])]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (json.dumps({"req": {"body": {"phone": PHONE}}}), "req.body.phone"),
        (json.dumps({"items": [{"a": 1}, {"to": PHONE}]}), "items[].to"),
        (json.dumps([["x", PHONE]]), "[][]"),
        (json.dumps({"body": json.dumps({"to": {"mobile": PHONE}})}), "body.to.mobile"),
        (json.dumps({"a": json.dumps({"b": json.dumps({"c": [PHONE]})})}), "a.b.c[]"),
        (json.dumps({"msg": "call " + PHONE}), "msg"),
        ("INFO [main] sent " + json.dumps({"phone": PHONE, "b": 1}), "phone"),
        ('{"to": {"phone": "' + PHONE, "to.phone"),
        ('{"password": 12345678}', "password"),
        (json.dumps({"휴대폰 번호": PHONE}, ensure_ascii=False), "'휴대폰 번호'"),
        (json.dumps({"휴대폰": PHONE}), "휴대폰"),
        (json.dumps({"users": {PHONE: {"password": "abc" + "defg12"}}}), "users.*"),
        (json.dumps({"users": {"9" * 16: {"phone": PHONE}}}), "users.*.phone"),
        ('{"a":1} then call ' + PHONE, None),
        ("[INFO] call " + PHONE, None),
    ],
)
def test_the_path_names_the_keys_above(text, path):
    """Keys above the value, arrays without their index, JSON in strings opened, identifying names hidden."""
    assert path in paths(text)


def test_line_and_column_count_from_one():
    """Without JSON, line and column say where."""
    text = f"key\n  call {PHONE}"

    (spot,) = spots(text, default_masker().locate(text)[1])

    assert (spot.line, spot.column, spot.path) == (2, 8, None)


@given(st.text('{}[]",:\\ a1', max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_any_text_gives_one_spot_for_each_finding(text, starts):
    """Text that only looks like JSON raises nothing and loses no finding."""
    findings = sorted(Finding(min(start, len(text)), min(start + 2, len(text)), "r") for start in starts)

    assert len(spots(text, findings)) == len(findings)


def test_many_findings_in_one_long_line_take_linear_time():
    """Four times the line and the findings: no more than ten times as long (sixteen would be quadratic)."""

    def seconds(count):
        text = json.dumps([{"user": {"phone": f"value {at}"}} for at in range(count)])
        findings = [Finding(found.start(), found.end(), "r") for found in re.finditer("value [0-9]+", text)]
        times = []
        for _ in range(3):
            began = time.process_time()
            spots(text, findings)
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(8_000) < 10 * seconds(2_000)
