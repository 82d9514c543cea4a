"""Laws of masking: it never raises, changes nothing twice, keeps types and order, and lets no planted value through."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logrouter.masking import FAILED, Masker, default_masker, mask
from logrouter.masking.text import TextEngine
from logrouter.model import RawText
from logrouter.policy import default_policy
from tests.data.masking_corpus import JWT, KEY_VALUE, KEYS, NUMBERS, TOKENS
from tests.data.masking_disguises import DISGUISES, WRAPS, read_back
from tests.data.masking_notations import BARE, QUOTED

NOISE = st.text(max_size=200)
MARKS = st.sampled_from(
    [
        "password", "=", ":", "token", "010-", "1234", "-", "5678", "900101", "@", "example.com", "://", "{", "}", "[", "]", '"', "\\", ",", "&",
        "%30", "\\u0030", "&#48;", "eyJ", "Bearer ", "비밀번호", "계좌 ", "\u200b", "１", "***MASKED***", "\n", " ", "<", ">", "'", "AKIA", "sk-", "+82",
        "4111111111111111", "insert into a (password) values (", "cookie: ", "name", "value", "key", "\\n", "MDEw", "GB82", "-----BEGIN PRIVATE KEY-----",
    ]
)  # fmt: skip
HOSTILE = st.lists(MARKS | st.text(max_size=3), max_size=40).map("".join)
SURROGATES = st.text(alphabet=st.characters(), max_size=50)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE | SURROGATES
RECORDS = st.dictionaries(
    HOSTILE | st.sampled_from(KEYS),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | NOISE, inner, max_size=4),
    ),
    max_size=5,
)
PLAIN_MASKER = Masker(default_policy(), engine="re")
law = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def shape(value):
    """Return types and key order, with every string, number and key as one kind."""
    if isinstance(value, dict):
        return [shape(item) for item in value.values()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    return "literal" if value is None or isinstance(value, bool) else "scalar"


@law
@given(HOSTILE)
def test_masking_text_twice_changes_nothing_more(text):
    """What came out of masking is left alone by masking."""
    masked = mask(text)

    assert mask(masked) == masked


@law
@given(RECORDS)
def test_masking_a_record_keeps_its_shape_and_is_stable(record):
    """Types, order and size of a record stay; a second masking changes nothing."""
    masked = mask(record)

    assert shape(masked) == shape(record)
    assert json.dumps(mask(masked)) == json.dumps(masked)
    assert masked != {"message": FAILED}


@law
@given(RECORDS)
def test_masking_the_json_of_a_record_keeps_it_json(record):
    """A JSON line stays valid JSON of the same shape, whatever stands in it."""
    line = json.dumps(record)

    masked = json.loads(mask(line))

    assert shape(masked) == shape(json.loads(line))


@law
@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_is_masked_without_failure(text):
    """No text makes masking fail, lone surrogates and control characters included."""
    assert mask(text) != FAILED


@law
@given(
    planted=st.sampled_from(
        [(text, hidden) for _, text, _, hidden in NUMBERS]
        + [(token, [token[-8:]]) for token in TOKENS.values()]
        + [(JWT, [JWT[-12:]])]
    ),
    disguise=st.sampled_from([*DISGUISES.values(), str]),
    wrap=st.sampled_from(list(WRAPS.values())),
    before=st.sampled_from(["", "x ", "고객", "[INFO] ", "a=1;", "{}", '{"k":"v"} ', "2024-01-15T10:30:45Z ", "\t"]),
    after=st.sampled_from(["", " y", "님", ".", ";b=2", " {}", "\n", ' "q"', "!"]),
)
def test_planted_value_is_in_no_decoding_of_the_output(planted, disguise, wrap, before, after):
    """A planted value is found in the output in no decoding."""
    text, hidden = planted

    masked = before + wrap(disguise(text)) + after
    masked = mask(masked)

    assert [part for part in hidden if part in masked or part in read_back(masked)] == []


@law
@given(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4), NOISE, st.integers(0, 3))
def test_value_under_a_nested_sensitive_key_is_gone(keys, noise, lists):
    """Whatever a sensitive key is wrapped in, its value does not come out."""
    record = {keys[-1]: KEY_VALUE, "memo": noise}
    for key in keys[:-1]:
        record = {f"x-{key}": record, "n": 1}
    for _ in range(lists):
        record = {"items": [record]}

    assert KEY_VALUE not in json.dumps(mask(record))
    assert KEY_VALUE not in mask(json.dumps(record))


NAMES = st.sampled_from(
    ["password", "dbPassword", "client_secret", "apiKey", "x-api-key", "accessToken", "private_key", "passwd"]
)
ENDS = st.text("abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ23456789", min_size=5, max_size=8)


def passwords(marks):
    """Return passwords with odd marks inside and five telling characters at either end."""
    inner = st.text(marks, max_size=3)
    return (
        st.tuples(ENDS, inner, ENDS)
        .filter(lambda parts: not parts[2].isalpha())
        .map(lambda parts: (parts, "".join(parts)))
    )


@law
@given(NAMES, passwords("!@#$%^&*_+-=.,;:?/|~()[]{}<>'\"\\ 1"), st.sampled_from(sorted(QUOTED)))
def test_quoted_secret_of_any_characters_is_hidden(name, password, notation):
    """A quoted secret is hidden to its last character, whatever marks it holds."""
    parts, value = password

    masked = mask(QUOTED[notation](name, value))

    beside = QUOTED[notation](name, "")
    assert [part for part in (parts[0], parts[2]) if part in masked and part not in beside] == []
    assert notation != "base64" or masked == "data=***MASKED***"


@law
@given(NAMES, passwords("!@#$%^_+-.?~1"), st.sampled_from(sorted(BARE)))
def test_bare_secret_is_hidden_in_every_notation(name, password, notation):
    """A bare secret is hidden in every notation."""
    parts, value = password

    masked = mask(BARE[notation](name, value))

    beside = BARE[notation](name, "")
    assert [part for part in (parts[0], parts[2]) if part in masked and part not in beside] == []


@law
@given(
    st.uuids().map(str)
    | st.integers(1_400_000_000, 1_900_000_000).map(str)
    | st.integers(1_400_000_000_000, 1_900_000_000_000).map(str)
    | st.integers(10**17, 13 * 10**17).map(str)
    | st.binary(min_size=16, max_size=32).map(bytes.hex)
    | st.datetimes().map(str)
    | st.ip_addresses().map(str)
    | st.integers(0, 10**10).map("{:,}원".format),
    st.sampled_from(
        ["{}", "id {} ok", "주문 {} 접수", '{{"a":"{}","n":1}}', "a={} b=2", "[{}] INFO x", "GET /u/{} 200"]
    ),
)
def test_identifiers_of_machines_pass(value, template):
    """UUIDs, epochs, snowflakes, digests, dates, addresses and amounts are no personal data."""
    line = template.format(value)

    assert mask(line) == line


@law
@given(HOSTILE)
def test_prefilter_opens_for_everything_the_rules_find(text):
    """A text that the prefilter lets pass holds nothing that any rule would have found (no false negatives)."""
    rules, engine = default_masker()._select(None, None)
    every_gate = frozenset(name for name in rules.prefilter._names if name != "disguise")

    found = engine._rule_edits(text, "", 0, every_gate)

    assert not found or engine.open_gates(text)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(HOSTILE)
def test_both_engines_mask_alike(text):
    """With google-re2 or without it, the output is the same."""
    assert PLAIN_MASKER.mask_text(RawText(text)) == default_masker().mask_text(RawText(text))


def test_deep_nesting_needs_no_recursion():
    """Ten thousand levels of nesting are walked, in a dict and in text."""
    record = {"password": "x1y2"}
    for _ in range(10_000):
        record = {"a": record}
    line = '{"a":' * 10_000 + '{"password":"x1y2"}' + "}" * 10_000

    masked = mask(record)
    for _ in range(10_000):
        masked = masked["a"]

    assert masked == {"password": "***MASKED***"}
    assert mask(line) == line.replace("x1y2", "***MASKED***")


def test_huge_numbers_and_odd_floats_pass():
    """Numbers beyond every range neither fail nor change."""
    record = {"n": 10**5000, "inf": float("inf"), "x": -(10**30), "f": 1e308}

    assert mask(record) == record


def test_a_cycle_ends():
    """A record that holds itself is masked once."""
    record = {"password": "x1y2"}
    record["self"] = record

    assert mask(record)["password"] == "***MASKED***"


def test_failure_replaces_the_record(monkeypatch):
    """When masking itself breaks, a placeholder of the same type goes on, never the raw record."""
    masker = Masker(default_policy())
    monkeypatch.setattr(TextEngine, "open_gates", lambda *_: 1 / 0)

    assert masker.mask("password=x1y2") == FAILED
    assert masker.mask({"password": "x1y2"}) == {"message": FAILED}
    assert masker.report() == {"failed": 2}
