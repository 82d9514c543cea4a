"""Pseudonyms: one value one name, nothing readable in it, keys that come and go, and nothing raw without a key."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.adapters.pseudonym_keys import AGAIN_S, PseudonymKeySource
from logrouter.errors import SecretError
from logrouter.masking import Masker, default_masker
from logrouter.masking.values.pseudonyms import EMAIL, OTHER, USER, PseudonymKeys, is_pseudonym, parse_keys, read_keys
from logrouter.policy import load_policy
from logrouter.settings import Settings
from tests.delivery_fakes import FakeClock

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
KEYS = read_keys({"current": "k2", "keys": {"k1": OLD, "k2": NEW}})
POLICY = load_policy(json.dumps({"masking": {"enable": ["pseudonym"]}}))
MASKER = Masker(POLICY, pseudonyms=KEYS)
ADDRESS = "user@" + "example.com"


def test_same_user_has_one_name_everywhere():
    """A user id is one pseudonym in JSON, as a number, in text, and under another name."""
    shown = KEYS.pseudonym(USER, "4711")

    masked = [MASKER.mask({"userId": 4711})["userId"], MASKER.mask({"user": {"id": "4711"}})["user"]["id"]]

    assert masked == [shown, shown]
    assert MASKER.mask("member_no=4711 done") == f"member_no={shown} done"


def test_spelling_of_an_address_does_not_matter():
    """Capitals, full-width letters and invisible characters make no other person."""
    spellings = [ADDRESS, ADDRESS.upper(), ADDRESS.replace("u", "ｕ", 1), f"{ADDRESS[:2]}\u200b{ADDRESS[2:]}"]

    assert {KEYS.pseudonym(EMAIL, spelling) for spelling in spellings} == {KEYS.pseudonym(EMAIL, ADDRESS)}


def test_capitals_of_a_user_id_matter():
    """`kim` and `Kim` may be two users."""
    assert KEYS.pseudonym(USER, "kim") != KEYS.pseudonym(USER, "Kim")


def test_address_as_user_id_is_the_address():
    """Who is known by an e-mail address is followed by it, whatever the field."""
    masked = MASKER.mask({"userId": ADDRESS, "note": f"from {ADDRESS.upper()}"})

    assert masked["note"] == f"from {masked['userId']}"


def test_classes_cannot_be_connected():
    """The same text of two classes gives two codes."""
    codes = {KEYS.pseudonym(kind, "4711").rpartition("-")[2] for kind in (USER, "id")}

    assert len(codes) == 2


def test_older_key_finds_older_pseudonyms():
    """With the key of its era in hand a pseudonym of then can be computed again; without it nobody can."""
    then = PseudonymKeys("k1", {"k1": KEYS.keys["k1"]}).pseudonym(USER, "4711")

    assert KEYS.pseudonym(USER, "4711", "k1") == then
    with pytest.raises(SecretError):
        read_keys({"current": "k2", "keys": {"k2": NEW}}).pseudonym(USER, "4711", "k1")


@given(st.text(min_size=1, max_size=40))
def test_no_rule_reads_a_pseudonym_as_something_else(value):
    """A pseudonym is no number, address, word or encoded text to any rule, whatever it was made of."""
    for kind in (USER, EMAIL, "id"):
        shown = KEYS.pseudonym(kind, value)
        for text in (
            shown,
            f"user {shown}, 010",
            f'{{"userId":"{shown}","to":"{shown}"}}',
            f"https://host/u/{shown}?a={shown}",
        ):
            assert MASKER.mask(text) == text
            assert default_masker().mask(text) == text
        assert is_pseudonym(shown)


def test_without_a_key_everything_is_hidden():
    """No key: no pseudonym, no hash that could be guessed, and above all nothing raw."""
    masked = Masker(POLICY).mask({"userId": 4711, "to": ADDRESS})

    assert masked == {"userId": "***MASKED***", "to": "***MASKED***"}


def test_a_teams_pseudonym_is_masked_once():
    """A rule of a team's own may take any value; a pseudonym that stands there already stays."""
    examples = {"positive": [{"text": ["memberNo=member-4711", "-of-shop"]}], "negative": [["memberNo="]]}
    rule = {"id": "team.member", "kind": "key", "keys": ["memberNo"], "mask": "pseudonym", "examples": examples}
    masker = Masker(load_policy(json.dumps({"masking": {"rules": [rule]}})), pseudonyms=KEYS)
    once = masker.mask({"memberNo": "member-4711-of-shop"})

    assert once == {"memberNo": KEYS.pseudonym(OTHER, "member-4711-of-shop")}
    assert masker.mask(once) == once


def test_keys_may_change_without_compiling():
    """A rotated key holds from the next record on."""
    masker = Masker(POLICY, pseudonyms=PseudonymKeys("k1", KEYS.keys))
    before = masker.mask({"userId": "kim"})["userId"]

    masker.use_pseudonym_keys(KEYS)

    assert [before, masker.mask({"userId": "kim"})["userId"]] == [
        KEYS.pseudonym(USER, "kim", key) for key in ("k1", "k2")
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"current": "k1"},
        {"current": "k2", "keys": {"k1": OLD}},
        {"current": "k1", "keys": {"k1": "no base64!"}},
        {"current": "k1", "keys": {"k1": f"!{OLD}"}},
        {"current": "k1", "keys": {"k1": base64.b64encode(bytes(31)).decode()}},
        {"current": "first", "keys": {"first": OLD}},
        {"current": "k1", "keys": {"k1": None}},
    ],
)
def test_bad_keys_are_refused_without_quoting_them(fields):
    """What is no key set is refused by name; the message holds nothing of it."""
    with pytest.raises(SecretError) as refusal:
        read_keys(fields)

    assert OLD not in str(refusal.value)
    assert "no base64!" not in str(refusal.value)


def test_keys_never_show_themselves():
    """Neither `repr` of the keys nor of the settings prints one."""
    settings = Settings.load({"PSEUDONYM_KEYS": OLD})

    assert OLD not in repr(settings)
    assert "\\x01" not in repr(KEYS)


def test_bare_key_is_the_first_one():
    """For a first try one key in base64 is enough."""
    assert parse_keys(f" {OLD}\n").current == "k1"


class Telling:
    """Notes what it is told."""

    def __init__(self):
        self.counted = []
        self.warned = []

    def count(self, name, value=1, **_):
        self.counted.append((name, value))

    def warning(self, message, **facts):
        self.warned.append((message, facts))


class Asked:
    """A secret that answers what it is told to, and counts how often it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.times = 0
        self.refreshed = 0

    def __call__(self, *, refresh=False):
        self.times += 1
        self.refreshed += refresh
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def source_of(secret, clock, telemetry):
    source = PseudonymKeySource(Settings.load({"PSEUDONYM_SECRET_ARN": "arn:s"}), telemetry, clock=clock)
    source._secret = secret
    return source


def test_secret_is_read_once_in_a_while():
    """Keys are kept for five minutes; a rotation is seen then."""
    clock, secret = FakeClock(), Asked({"key": OLD}, {"current": "k2", "keys": {"k2": NEW}})
    source, masker = source_of(secret, clock, Telling()), Masker(POLICY)
    source.give(masker)
    source.give(masker)
    first = masker.mask({"userId": "kim"})["userId"]

    clock.at_s += 301
    source.give(masker)

    assert (secret.times, secret.refreshed) == (2, 2)
    assert [first[:8], masker.mask({"userId": "kim"})["userId"][:8]] == ["user-k1-", "user-k2-"]


def test_failure_keeps_the_last_keys():
    """While the secret cannot be read the keys at hand go on, and it is asked again after a minute."""
    clock, telemetry = FakeClock(), Telling()
    secret = Asked({"key": OLD}, SecretError("secret arn:s: AccessDenied"), {"key": OLD})
    source, masker = source_of(secret, clock, telemetry), Masker(POLICY)
    source.give(masker)
    clock.at_s += 301
    source.give(masker)
    clock.at_s += AGAIN_S - 1
    source.give(masker)

    early = secret.times
    clock.at_s += 1
    source.give(masker)

    assert (early, secret.times) == (2, 3)
    assert masker.has_pseudonym_keys
    assert telemetry.counted == []


def test_keys_of_the_environment_need_no_secret():
    """On one's own machine the variable holds the keys themselves, and no AWS is asked."""
    settings = Settings.load({"PSEUDONYM_KEYS": OLD, "PSEUDONYM_SECRET_ARN": "arn:s"})
    source, masker = PseudonymKeySource(settings, Telling(), clock=FakeClock()), Masker(POLICY)
    source._secret = secret = Asked()

    source.give(masker)

    assert (secret.times, masker.mask({"userId": "kim"})["userId"][:8]) == (0, "user-k1-")


def test_missing_keys_are_counted():
    """Without keys every look is counted, and says why."""
    telemetry, masker = Telling(), Masker(POLICY)

    PseudonymKeySource(Settings.load({}), telemetry, clock=FakeClock()).give(masker)

    assert telemetry.counted == [("PseudonymKeysMissing", 1)]
    assert not masker.has_pseudonym_keys


def test_policy_without_pseudonyms_asks_for_no_secret():
    """What nobody enabled costs no call."""
    secret = Asked()

    source_of(secret, FakeClock(), Telling()).give(default_masker())

    assert secret.times == 0
