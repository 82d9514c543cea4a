"""Optional rules: off by default, tested one by one, switched on by one line of a policy, everywhere or for a service."""

import json
import subprocess
import sys

import pytest

from logrouter.errors import PolicyError
from logrouter.masking import Masker, default_masker
from logrouter.masking.engine import check_examples
from logrouter.masking.rules.optional import rules_in_force
from logrouter.masking.values.masks import EXAMPLE_KEYS
from logrouter.model import RawText
from logrouter.policy import default_policy, load_policy

SECTION = default_policy().section("masking")
OPTIONAL = [rule for rule in SECTION["rules"] if rule.get("optional")]
POSITIVE = [
    pytest.param(rule["id"], "".join(example["text"]), "".join(example["masked"]), id=f"{rule['id']}-{at}")
    for rule in OPTIONAL
    for at, example in enumerate(rule["examples"]["positive"])
]
NEGATIVE = [
    pytest.param(rule["id"], "".join(parts), id=f"{rule['id']}-{at}")
    for rule in OPTIONAL
    for at, parts in enumerate(rule["examples"]["negative"])
]


def enabling(*entries, **section):
    return load_policy(json.dumps({"version": "test", "masking": {"enable": list(entries), **section}}))


MASKERS = {rule["id"]: Masker(enabling(rule["id"]), pseudonyms=EXAMPLE_KEYS) for rule in OPTIONAL}
EVERYTHING = Masker(
    enabling("ip.last_octet", "mac", "company_number", "name", "address", "birth_date", "pseudonym"),
    pseudonyms=EXAMPLE_KEYS,
)


@pytest.mark.parametrize("rule", OPTIONAL, ids=lambda rule: rule["id"])
def test_rule_holds_its_examples_alone(rule):
    """An optional rule does by itself what its examples say."""
    check_examples(rule, SECTION["facts"])


@pytest.mark.parametrize(("rule", "text", "masked"), POSITIVE)
def test_rule_masks_beside_the_others(rule, text, masked):
    """Enabled beside all packaged rules it masks the same, and a second masking changes nothing."""
    actual, hits = MASKERS[rule].mask_text(RawText(text))

    assert actual == masked
    assert any(hit == rule or hit.startswith(rule) for hit in hits)
    assert MASKERS[rule].mask_text(actual)[0] == actual


@pytest.mark.parametrize(("rule", "text"), NEGATIVE)
def test_rule_leaves_its_negative_examples(rule, text):
    """A rule never hits its negative examples."""
    _, hits = MASKERS[rule].mask_text(RawText(text))

    assert rule not in hits


@pytest.mark.parametrize(("rule", "text", "masked"), POSITIVE)
def test_rule_is_off_by_default(rule, text, masked):
    """Without a word in the policy an optional rule does nothing."""
    _, hits = default_masker().mask_text(RawText(text))

    assert rule not in hits
    assert masked


@pytest.mark.parametrize(("rule", "text", "masked"), POSITIVE)
def test_all_optional_rules_together_are_stable(rule, text, masked):
    """With every optional rule on, what one masked is nothing that another one finds."""
    once, _ = EVERYTHING.mask_text(RawText(text))

    assert EVERYTHING.mask_text(once)[0] == once
    assert rule
    assert masked


def test_default_policy_compiles_no_optional_rule():
    """What is off costs nothing: the default policy has neither their gates nor their patterns."""
    rules = default_masker()._select(None, None)[0]

    assert {rule["id"] for rule in OPTIONAL}.isdisjoint({*rules.patterns, *rules.labels, *rules.finders})
    assert rules.paths == ()


def test_default_policy_loads_no_code_of_optional_rules():
    """A cold start of the default policy does not even import what only optional rules need."""
    program = (
        "import sys; from logrouter.masking import mask; mask({'password': 'x1', 'userId': 7, 'ip': '203.0.113.9'}); "
        "print(sorted({'logrouter.masking.identifiers.networks', 'logrouter.masking.values.people'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_packaged_policy_enables_nothing():
    """Masking more than secrets and identifiers is a team's own decision."""
    assert SECTION["enable"] == []
    assert SECTION["list_rules"] is False


def test_beginning_of_ids_enables_all_of_them():
    """`address.street` enables the rules for keys, Korean and English addresses."""
    masker = Masker(enabling("address.street"))

    text, hits = masker.mask_text(RawText('350 5th Ave / 서울 강남구 테헤란로 12 / addr1=x, {"addr2": "101동 1203호"}'))

    assert text.count("***MASKED***") == 3
    assert set(hits) == {"address.street.english", "address.street.korean", "address.street.key"}


def test_rule_may_hold_for_one_service():
    """An entry with services enables a rule there and nowhere else."""
    masker = Masker(enabling({"rule": "ip.last_octet", "services": ["gate*"]}))

    assert masker.mask_text(RawText("from 203.0.113.9"), "gateway")[0] == "from 203.0.113.***"
    assert masker.mask_text(RawText("from 203.0.113.9"), "shop")[0] == "from 203.0.113.9"


def test_a_rule_enabled_everywhere_and_for_a_service_is_there_once():
    """Two entries for one rule make no second one: it would cost twice and count twice."""
    section = enabling("ip.whole", {"rule": "ip.whole", "services": ["hr"]}).section("masking")

    assert [rule.get("services") for rule in rules_in_force(section) if rule["id"] == "ip.whole"] == [None]


def test_part_of_a_word_enables_nothing():
    """`ip.wh` is a slip of the pen, not the beginning of an id."""
    with pytest.raises(PolicyError) as refusal:
        Masker(enabling("ip.wh"))

    assert refusal.value.place == "masking.enable.0"


def test_wider_mask_wins_where_both_hold():
    """The last octet everywhere, all of it for one service: there nothing stays."""
    masker = Masker(enabling("ip.last_octet", {"rule": "ip.whole", "services": ["hr"]}))

    assert masker.mask_text(RawText("from 203.0.113.9"), "hr")[0] == "from ***MASKED***"
    assert masker.mask_text(RawText("from 203.0.113.9"), "shop")[0] == "from 203.0.113.***"


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        (["ip.first_octet"], "masking.enable.0"),
        (["name.key", "email"], "masking.enable.1"),
        ([{"rule": "no.such", "services": ["a"]}], "masking.enable.0"),
        (["ip.whole", "ip.last_octet"], "masking.enable"),
        (["ip"], "masking.enable"),
    ],
)
def test_bad_entry_is_refused_by_place(entries, place):
    """An unknown id, one that is always on, and two that contradict each other are refused, the place named."""
    with pytest.raises(PolicyError) as refusal:
        Masker(enabling(*entries))

    assert refusal.value.place == place


def test_optional_rule_cannot_be_made_another():
    """A team's document may enable a packaged optional rule, not change it."""
    rule = {**OPTIONAL[0], "optional": False}

    with pytest.raises(PolicyError) as refusal:
        Masker(enabling(rules=[rule]))

    assert refusal.value.place == f"masking.rules.{rule['id']}"


IP = Masker(enabling("ip.last_octet"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://10.0.0.1:8080/x", "http://10.0.0.***:8080/x"),
        ("번호203.0.113.77에서", "번호203.0.113.***에서"),
        ("203.0.113.77.", "203.0.113.***."),
        ("::ffff:203.0.113.77", "::ffff:203.0.113.***"),
        ("fe80::1ff:fe23:4567:890a%eth0", "fe80:0:0:0:***%eth0"),
        ("db.example.com/203.0.113.9", "db.example.com/203.0.113.***"),
        ("77.113.0.203.in-addr.arpa", "***.113.0.203.in-addr.arpa"),
        ("ec2-203-0-113-25.compute-1.amazonaws.com", "ec2-203-0-113-***.compute-1.amazonaws.com"),
        ("２０３.0.113.77", "２０３.0.113.***"),
        ("203%2E0%2E113%2E77", "203%2E0%2E113%2E***"),
        ("10.0.0.7/32", "10.0.0.***/32"),
    ],
)
def test_addresses_are_found_in_any_dress(text, masked):
    """Ports, zones, host names, Hangul and encodings around an address stay."""
    assert IP.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "nginx-1.2.3.4.tgz",
        "1.2.3.4-beta",
        "v1.2.3.4",
        '{"version": "10.0.0.1"}',
        "oid 1.3.6.1",
        "255.255.255.0",
        "169.254.169.254",
        "arn:aws:iam::123456789012:root",
        "00:1b:44:ff:fe:11:3a:b7",
        "2026-11-20T12:34:56.789+09:00",
        "cafe::add dead::beef",
        "0.0.0.0:8080",
    ],
)
def test_what_only_looks_like_an_address_stays(text):
    """Versions, object identifiers, masks, MAC addresses, times and scopes are no addresses of anybody."""
    assert IP.mask(text) == text


def test_json_numbers_of_optional_rules_become_strings():
    """A birth date or user id that is a JSON number becomes a string, as every masked number does."""
    masked = EVERYTHING.mask({"dob": 19900131, "userId": 4711, "age": 34})

    assert masked["dob"] == "1990****"
    assert masked["userId"].startswith("user-k0-")
    assert masked["age"] == 34


def test_korean_text_in_escapes_is_read():
    """Loggers that write Korean as escapes (`\\uXXXX`) hide nothing by it."""
    line = json.dumps({"msg": "서울 강남구 테헤란로 12 배송", "이름": "김철수"})

    masked = json.loads(EVERYTHING.mask(line))

    assert masked == {"msg": "서울 강남구 ***MASKED*** 배송", "이름": "김**"}


def test_pseudonym_stays_what_it_is_under_another_name():
    """`email address: ...` is no street address, before masking or behind it."""
    shown = EXAMPLE_KEYS.pseudonym("email", "kim@" + "example.com")

    assert EVERYTHING.mask("email address: kim@" + "example.com") == f"email address: {shown}"


def test_resident_number_under_a_birth_date_keeps_its_own_mask():
    """`생년월일: 900101-...` is a resident number, and is masked as one."""
    assert EVERYTHING.mask("생년월일 900101-" + "1234567") == "생년월일 900101-*******"
