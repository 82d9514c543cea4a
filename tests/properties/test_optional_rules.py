"""Laws of optional rules: what they know they know in any dress, and with all of them on masking is stable and total."""

import base64
import json
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.masking import Masker
from logrouter.masking.values.masks import EXAMPLE_KEYS
from logrouter.model import RawText
from logrouter.policy import default_policy, load_policy

ENABLE = ["ip.last_octet", "mac", "company_number", "name", "address", "birth_date", "pseudonym"]
MASKER = Masker(load_policy(json.dumps({"masking": {"enable": ENABLE}})), pseudonyms=EXAMPLE_KEYS)
TEXTS = [
    pytest.param("".join(example["text"]), id=f"{rule['id']}-{at}")
    for rule in default_policy().section("masking")["rules"]
    if rule.get("optional")
    for at, example in enumerate(rule["examples"]["positive"])
]
DRESSES = {
    "line": lambda text: f"2026-11-20 12:00:00 ERROR [main] {text} (took 3 ms)",
    "json": lambda text: json.dumps({"m": text}),
    "json_three_times": lambda text: json.dumps({"m": json.dumps({"m": json.dumps({"m": text})})}),
    "cut_json": lambda text: '{"x":{"y":"' + text.replace('"', '\\"'),
    "percent": lambda text: "q=" + urllib.parse.quote(text),
    "entities": lambda text: "".join(char if char.isspace() else f"&#{ord(char)};" for char in text),
    "escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "full_width": lambda text: text.translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
    "base64": lambda text: "body=" + base64.b64encode(f"hello {text} world".encode()).decode(),
}
WORDS = [
    *("203.0.113.7", "10.0.0.1:80", "2001:db8::1", "::ffff:1.2.3.4", "1.2.3.4-beta", "00:1b:44:11:3a:b7", "1588-1234"),
    *(
        "user",
        "userId",
        "=",
        ":",
        "4711",
        "kim",
        "이름",
        "고객명",
        "홍길동",
        "생년월일",
        "1990-01-31",
        "900101",
        "주소",
    ),
    *(
        "서울 강남구",
        "테헤란로 123",
        "221B Baker Street",
        '"',
        "{",
        "}",
        ",",
        "\\",
        "\n",
        " ",
        "@",
        "a@b.co",
        "***",
        "-",
    ),
    *("password", "hunter22", "user-k0-ghjklmnpqrstvwxzghjk", "email", "%20", "\\u0030", "\u200b", "[", "]", "(", "동"),
]


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("text", TEXTS)
def test_optional_rules_see_through_dresses(text, dress):
    """Nested, escaped, encoded or cut off: an optional rule hits what it hits in plain text, and once only."""
    dressed = DRESSES[dress](text)

    masked, hits = MASKER.mask_text(RawText(dressed))

    assert hits
    assert masked != dressed
    assert MASKER.mask_text(RawText(masked))[0] == masked


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join))
def test_masking_with_all_rules_on_is_stable(text):
    """Whatever stands together, a second masking changes nothing."""
    masked = MASKER.mask(text)

    assert MASKER.mask(masked) == masked


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
KEYS = st.one_of(
    st.sampled_from(["userId", "user", "name", "dob", "address", "ip", "이름", "items"]), st.text(max_size=8)
)
RECORDS = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)),
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_records_keep_their_shape(record):
    """Objects stay objects, lists stay lists, values stay or become text; nothing is raised."""
    masked = MASKER.mask(record)

    assert list(masked) == list(record)
    assert MASKER.mask(masked) == masked
    assert not MASKER.report().get("failed")
