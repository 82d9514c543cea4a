"""The parts of the engine by themselves: check digits, dates, mask shapes, decoded views, the JSON scanner, key words."""

import pytest

from logrouter.masking.decoding.views import decoded_view, unescaped_view
from logrouter.masking.edits import SECRET, Edit, apply, settle
from logrouter.masking.identifiers.addresses import iban_check_holds
from logrouter.masking.trees.tree import find_json, scan_json
from logrouter.masking.values.checks import is_birth_date, is_card_number, luhn_holds, resident_check_holds
from logrouter.masking.values.judgement import is_placeholder
from logrouter.masking.values.keys import split_key
from logrouter.masking.values.partial import mask_card, mask_foreign, mask_local_part, mask_phone, mask_resident


@pytest.mark.parametrize(
    ("digits", "holds"),
    [
        ("4111" + "111111111111", True),
        ("4111" + "111111111112", False),
        ("0", True),
        ("3782" + "82246310005", True),
        ("1234" + "567890123456", False),
    ],
)
def test_luhn(digits, holds):
    """The Luhn digit is right or wrong."""
    assert luhn_holds(digits) == holds


@pytest.mark.parametrize(
    ("digits", "is_card"),
    [
        ("4111" + "111111111111", True),
        ("5555" + "555555554444", True),
        ("2223" + "003122003222", True),
        ("3782" + "82246310005", True),
        ("3530" + "111333300000", True),
        ("6011" + "111111111117", True),
        ("1234" + "567890123452", False),
        ("4111" + "1111111111111", False),
        ("1714" + "521600123456", False),
    ],
)
def test_card_number(digits, is_card):
    """A card has the prefix of a scheme, one of its lengths, and the Luhn digit."""
    assert is_card_number(digits) == is_card


@pytest.mark.parametrize(
    ("digits", "holds"),
    [("900101" + "1234568", True), ("900101" + "1234567", False), ("850101" + "5123456", False)],
)
def test_resident_check_digit(digits, holds):
    """The check digit of a resident number is right or wrong."""
    assert resident_check_holds(digits) == holds


@pytest.mark.parametrize(
    ("digits", "is_date"),
    [("900101", True), ("000229", True), ("901301", False), ("900132", False), ("900431", False), ("900100", False)],
)
def test_birth_date(digits, is_date):
    """Six digits are a date with a real month and day, or none."""
    assert is_birth_date(digits) == is_date


@pytest.mark.parametrize(
    ("compact", "holds"),
    [
        ("GB82WEST" + "12345698765432", True),
        ("GB82WEST" + "12345698765433", False),
        ("DE89" + "370400440532013000", True),
    ],
)
def test_iban_check(compact, holds):
    """The check of ISO 13616 is right or wrong."""
    assert iban_check_holds(compact) == holds


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (mask_phone("010", "1234", "5678"), "010-****-5678"),
        (mask_phone("02", "123", "4567"), "02-***-4567"),
        (mask_resident("9001011234567"), "900101-*******"),
        (mask_card("1234567890123456"), "1234-****-****-3456"),
        (mask_card("378282246310005"), "3782-*******-0005"),
        (mask_local_part("user"), "us**"),
        (mask_local_part("ab"), "**"),
        (mask_local_part(""), "**"),
        (mask_foreign("14155550100"), "+1-******-0100"),
        (mask_foreign("35312345678"), "+353-****-5678"),
    ],
)
def test_partial_mask(actual, expected):
    """A partial mask keeps what it may and hides the rest."""
    assert expected == actual


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("dbPassword", ["db", "password"]),
        ("DBPassword", ["db", "password"]),
        ("DB_PASSWORD", ["db", "password"]),
        ("x-api-key", ["x", "api", "key"]),
        ("rrn2", ["rrn", "2"]),
        ("ＡｐｉＫｅｙ", ["api", "key"]),
        ("pass\u200bword", ["password"]),
        ("사용자비밀번호", ["사용자비밀번호"]),
    ],
)
def test_key_is_split_into_words(key, words):
    """A key is folded and cut into lower-case words."""
    assert split_key(key) == words


@pytest.mark.parametrize(
    "value",
    [
        "",
        "?",
        "$1",
        "${VAR}",
        "$VAR",
        "{{ x }}",
        "%s",
        ":name",
        "<redacted>",
        "[FILTERED]",
        "***",
        SECRET,
        "null",
        "None",
        "010-****-5678",
    ],
)
def test_placeholder_is_no_secret(value):
    """What stands for a secret is none."""
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["hunter2", "$ecret1", "a*b", "p4ss?", "<abc123>", "%41bc", "xX1"])
def test_secret_is_no_placeholder(value):
    """A secret with odd marks is still a secret."""
    assert not is_placeholder(value)


def test_view_maps_every_span_back():
    """A span of the decoded view is found again in the source, through every layer."""
    source = "é \\u0030\uff11%30-ok"

    view = decoded_view(source)

    assert view.text == "é 010-ok"
    assert source[slice(*view.source(2, 5))] == "\\u0030\uff11%30"
    assert source[slice(*view.source(5, 8))] == "-ok"


def test_plain_text_needs_no_view():
    """A text that says what it means is not copied."""
    assert decoded_view("GET /a 200 한글") is None
    assert unescaped_view("plain") is None


def test_scanner_keeps_the_place_of_every_value():
    """Each value of JSON in text is found with its place."""
    text = 'x {"a": [1, {"b": "c"}]} y'

    scan = find_json(text)[0]

    (array,) = scan.root.children
    number, inner = array.children
    (leaf,) = inner.children
    assert (text[scan.start : scan.end], number.value, inner.keys, text[leaf.start : leaf.end]) == (
        '{"a": [1, {"b": "c"}]}',
        "1",
        ["b"],
        "c",
    )


@pytest.mark.parametrize("text", ["[2024-01-01] INFO", "{password=x}", "[INFO] a", "{}x", "{'a': 1}", "["])
def test_scanner_refuses_what_is_no_json(text):
    """Text that only begins like JSON is no JSON."""
    assert [scan for scan in [scan_json(text, 0)] if scan and scan.keys] == []


def test_overlapping_edits_become_one():
    """Of overlapping edits the longer one wins, crossing ones become one secret, and a secret is never weakened."""
    longer = settle([Edit(2, 9, "a", "r1"), Edit(3, 5, "b", "r2")])
    crossing = settle([Edit(0, 4, "a", "r1"), Edit(2, 6, "b", "r2")])
    weakened = settle([Edit(0, 6, "010-****-5678", "r1"), Edit(2, 4, SECRET, "r2")])

    assert longer == [Edit(2, 9, "a", "r1")]
    assert crossing == [Edit(0, 6, SECRET, "r1")]
    assert weakened == [Edit(0, 6, SECRET, "r1")]
    assert apply("0123456789", crossing) == f"{SECRET}6789"
