"""Whatever a name tells of is masked under that name, in every disguise of the value and every record that carries it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.masking import mask
from tests.data.masking_disguised_values import CHARACTERS, DISGUISES, ENCODINGS, EXACT, RECORDS, VALUES

BASE64 = {"base64", "base64 of the web"}


def as_text(record):
    return record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)


def hidden(kind, disguise, record):
    """Mask one record; return what is wrong with the outcome, empty for nothing."""
    key, value = VALUES[kind]
    written = DISGUISES[disguise](value)
    carried = RECORDS[record](key, written)
    masked = mask(carried)
    text = as_text(masked)
    faults = []
    if as_text(carried) == text or any(spelling in text for spelling in (value, written, json.dumps(written)[1:-1])):
        faults.append("recall")
    if "stage" in as_text(carried) and "prod" not in text:
        faults.append("context")
    if kind in EXACT and disguise not in BASE64 and EXACT[kind] not in text:
        faults.append("exact")
    if mask(masked) != masked:
        faults.append("stable")
    return [f"{fault}: {kind}, {disguise}, {record}" for fault in faults]


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("kind", VALUES)
def test_every_kind_is_masked_in_every_disguise(kind, record):
    """No class, no disguise and no record lets a value pass, and the specified masks are exact."""
    faults = [fault for disguise in DISGUISES for fault in hidden(kind, disguise, record)]

    assert faults == []


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(set(VALUES) - {"email"})),
    characters=st.sampled_from(sorted(set(CHARACTERS) - {"as it is"})),
    encoding=st.sampled_from(sorted(set(ENCODINGS) - BASE64)),
    record=st.sampled_from(sorted(RECORDS)),
)
def test_disguises_of_characters_may_be_encoded_too(kind, characters, encoding, record):
    """A value in odd characters that are encoded on top is masked."""
    key, value = VALUES[kind]
    written = ENCODINGS[encoding](CHARACTERS[characters](value))

    masked = as_text(mask(RECORDS[record](key, written)))

    assert written not in masked
    assert json.dumps(written)[1:-1] not in masked
