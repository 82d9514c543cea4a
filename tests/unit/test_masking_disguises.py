"""Every identifier, secret and token in every disguise: hidden, whoever reads the output with whatever decoder."""

import json

import pytest

from logrouter.masking import mask
from tests.data.masking_corpus import JWT, KEY_VALUE, NUMBERS, TOKENS
from tests.data.masking_disguises import DISGUISES, ENCODINGS, LAYOUTS, WRAPS, read_back

SECRETS = [
    *[(f"token-{name}", token, [token[-8:]]) for name, token in TOKENS.items()],
    ("jwt", JWT, [JWT[-12:]]),
    ("assigned", "password=" + KEY_VALUE, [KEY_VALUE]),
    ("korean", "비밀번호: " + KEY_VALUE, [KEY_VALUE]),
    ("json", '{"apiKey":"' + KEY_VALUE + '"}', [KEY_VALUE]),
    ("url", "postgres://app:" + KEY_VALUE + "@db.example.com/x", [KEY_VALUE]),
]
IDENTIFIERS = [(name, text, hidden) for name, text, _, hidden in NUMBERS]
SEPARATED = [case for case in IDENTIFIERS if case[0] in {"mobile", "rrn", "rrn-foreign", "card", "mobile-016"}]


def leaks(cases, disguise):
    found = []
    for name, text, hidden in cases:
        for wrap, wrapped in WRAPS.items():
            masked = mask(wrapped(disguise(text)))
            readable = read_back(masked)
            found += [(name, wrap) for part in hidden if part in masked or part in readable]
            found += [(name, wrap, "unstable")] if mask(masked) != masked else []
    return found


@pytest.mark.parametrize("disguise", DISGUISES)
def test_disguised_value_is_hidden(disguise):
    """No disguise of characters or encoding brings a value through."""
    assert leaks([*IDENTIFIERS, *SECRETS], DISGUISES[disguise]) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_oddly_separated_number_is_hidden(layout):
    """Odd spaces, line breaks and separators do not hide a phone, resident or card number."""
    assert leaks(SEPARATED, LAYOUTS[layout]) == []


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_base64_blob_that_hides_something_is_masked(encoding):
    """A base64 run whose content would be masked is masked whole."""
    blobs = [(name, ENCODINGS[encoding](text)) for name, text, _ in [*IDENTIFIERS, *SECRETS]]

    leaked = [name for name, blob in blobs for wrap in WRAPS.values() if blob in mask(wrap("data=" + blob))]

    assert leaked == []


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_json_in_json_is_opened(depth):
    """JSON in JSON is read up to four levels, and every level stays valid JSON."""
    leaked = []
    for name, text, hidden in [*IDENTIFIERS, *SECRETS]:
        record = {"m": text, "n": 4111111111111111}
        for level in range(depth):
            record = {"b": json.dumps(record, ensure_ascii=bool(level % 2))}
        masked = mask(json.dumps(record))
        inner = json.loads(masked)
        for _ in range(depth):
            inner = json.loads(inner["b"])
        leaked += [name for part in [*hidden, "11111111"] if part in json.dumps(inner)]

    assert leaked == []


@pytest.mark.parametrize("cut", range(1, 30, 4))
def test_cut_off_json_is_masked(cut):
    """A JSON line that ends too early is masked as far as it goes."""
    line = json.dumps({"a": {"password": KEY_VALUE + "0123456789" * 3, "tel": "010-" + "1234-5678"}})

    masked = mask(line[:-cut])

    assert KEY_VALUE not in masked
    assert "1234-" not in masked


def test_cut_off_key_material_is_masked():
    """A private key or token that ends too early is masked to the end."""
    pem = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq9"

    assert mask("loaded " + pem) == "loaded ***MASKED***"
    assert JWT[:24] not in mask("sent " + JWT[:60])


def test_text_around_a_disguised_value_stays():
    """What stands around a disguised value keeps its own spelling."""
    text = "한글 ＡＢＣ &lt;b&gt; %EA%B0%80 " + "\uff10\uff11\uff10" + "－1234－5678" + " ½ ＯＫ"

    assert mask(text) == "한글 ＡＢＣ &lt;b&gt; %EA%B0%80 010-****-5678 ½ ＯＫ"


def test_encoded_marks_inside_a_url_password_do_not_end_it():
    """A password that holds an encoded @ or / is masked to its last character."""
    url = "mongodb+srv://app:" + "p%40ss%2Fw0rd" + "@cluster0.example.net/db"

    assert mask(url) == "mongodb+srv://app:***MASKED***@cluster0.example.net/db"
