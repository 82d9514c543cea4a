"""What nobody can read in prompts and answers is left out, and everything else stays as it is."""

import base64
import hashlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.masking import default_masker
from logrouter.stages.llm.reading.media import BLOB_CHARS, BLOB_IN_TEXT_CHARS, DEPTH, lean, without_blobs

BYTES = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(16))
BLOB = base64.b64encode(BYTES).decode()
TEXTS = st.text(max_size=40) | st.integers() | st.floats(allow_nan=False) | st.none() | st.booleans()
DOCUMENTS = st.recursive(
    TEXTS | st.just(BLOB),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["image", "format", "bytes", "text", "embedding", "signature", "a"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"image": {"format": "png", "source": {"bytes": BLOB}}}, {"image": {"format": "png", "source": {"bytes": "[image/png, 512 bytes, left out]"}}}),
        ({"video": {"format": "mp4", "source": {"bytes": BLOB}}}, {"video": {"format": "mp4", "source": {"bytes": "[video/mp4, 512 bytes, left out]"}}}),
        ({"document": {"name": "offer", "format": "pdf", "source": {"bytes": BLOB}}}, {"document": {"name": "offer", "format": "pdf", "source": {"bytes": "[document/pdf, 512 bytes, left out]"}}}),
        ({"source": {"media_type": "image/webp", "data": BLOB}}, {"source": {"media_type": "image/webp", "data": "[image/webp, 512 bytes, left out]"}}),
        ({"input_audio": {"format": "wav", "data": BLOB}}, {"input_audio": {"format": "wav", "data": "[audio/wav, 512 bytes, left out]"}}),
        ({"inline_data": {"mime_type": "audio/mp3", "data": BLOB}}, {"inline_data": {"mime_type": "audio/mp3", "data": "[audio/mp3, 512 bytes, left out]"}}),
        ({"images": [BLOB]}, {"images": ["[image, 512 bytes, left out]"]}),
        (["iVBORw0KGgo" + BLOB], ["[image/png, 520 bytes, left out]"]),
        (BLOB, "[binary data, 512 bytes, left out]"),
        ("\n".join(BLOB[at : at + 76] for at in range(0, len(BLOB), 76)), "[binary data, 512 bytes, left out]"),
        ("data:image/gif;base64," + BLOB, "[image/gif, 512 bytes, left out]"),
        (f"See ![chart](data:image/png;base64,{BLOB}) there", "See ![chart]([image/png, 512 bytes, left out]) there"),
        ({"thinking": "so", "signature": BLOB}, {"thinking": "so"}),
        ({"embedding": [0.5] * 1024}, {"embedding": "[vector of 1,024 numbers, left out]"}),
        ({"embeddings": {"float": [[0.5] * 8] * 3}}, {"embeddings": {"float": "[3 vectors, left out]"}}),
        ({"embeddings": [{"embeddingType": "TEXT", "embedding": [1] * 9}]}, {"embeddings": [{"embeddingType": "TEXT", "embedding": "[vector of 9 numbers, left out]"}]}),
    ],
)  # fmt: skip
def test_left_out(value, expected):
    """A short note says what stood there and how large it was."""
    assert lean(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "word " * 400,
        "ACGT" * 400,
        "deadbeef01" * 100,
        "가나다라" * 200,
        BLOB[: BLOB_CHARS - 1],
        {"sales": [12, 15, 9, 3, 4, 5, 6, 7, 8, 9, 10]},
        {"embedding": "how to make one"},
        {"signature": {"name": "f"}},
        "https://example.com/" + "a1B/" * 100 + "?q=1",
        None,
        0.5,
    ],
    ids=["words", "bases", "hex", "korean", "short", "numbers", "text", "object", "address", "null", "number"],
)
def test_kept(value):
    """Text, addresses, hexadecimal, short codes and ordinary numbers stay as they are."""
    assert lean(value) == value


def test_endless_nesting():
    """What is nested without end is cut off, and raises nothing."""
    value = "x"
    for _ in range(DEPTH + 20):
        value = [value]

    assert "[nested too deeply]" in json.dumps(lean(value))


@given(DOCUMENTS)
def test_lean_stays_lean(value):
    """Making content lean twice changes nothing more, and no blob is left in it."""
    once = lean(value)

    assert lean(once) == once
    assert BLOB not in json.dumps(once)


LONG = BLOB.rstrip("=") * 4
SIZE = f"{len(LONG) * 3 // 4:,}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            json.dumps({"data": "iVBORw0KGgoA" + LONG}),
            f'{{"data": "[image/png, {len(LONG) * 3 // 4 + 9:,} bytes, left out]"}}',
        ),
        (f'{{"url": "data:audio/wav;base64,{LONG}"}} end', f'{{"url": "[audio/wav, {SIZE} bytes, left out]"}} end'),
        (
            json.dumps({"data": LONG[:1500] + "\n" + LONG[1500:]}),
            f'{{"data": "[binary data, {SIZE} bytes, left out]"}}',
        ),
        (json.dumps({"data": LONG}).replace("/", "\\/"), f'{{"data": "[binary data, {SIZE} bytes, left out]"}}'),
        (
            json.dumps({"in": json.dumps({"data": LONG})}),
            json.dumps({"in": json.dumps({"data": f"[binary data, {SIZE} bytes, left out]"})}),
        ),
        ("word " * 2000, "word " * 2000),
        ("ACGT" * 2000, "ACGT" * 2000),
        (LONG[: BLOB_IN_TEXT_CHARS - 1], LONG[: BLOB_IN_TEXT_CHARS - 1]),
    ],
    ids=["picture", "data url", "line ends", "slashes", "json in json", "words", "bases", "short"],
)
def test_blobs_in_raw_lines(text, expected):
    """Long base64 is left out of a line before it is masked; everything else stays, and JSON stays JSON."""
    assert without_blobs(text) == expected
    assert without_blobs(expected) == expected


@pytest.mark.parametrize(
    "unit", ["a1B2" * 500 + " ", "a" * 2047 + " ", "data:", "\\", "data:a/b;base64,", "aB1=" * 600]
)
def test_blobs_are_looked_for_in_one_pass(unit):
    """Lines of almost blobs cost what lines of words cost; tried at every character they cost thirty times as much."""
    words, almost = "word " * 60_000, unit * (300_000 // len(unit))

    def took_s(text):
        began_s = time.process_time()
        without_blobs(text)
        return time.process_time() - began_s

    assert min(took_s(almost) for _ in range(3)) < 12 * max(took_s(words) for _ in range(3))


def test_pictures_cost_masking_nothing():
    """What stands beside a picture is masked all the same."""
    address = "hong.gildong" + "@" + "customer.example.com"
    line = json.dumps({"image": "/9j/" + LONG, "text": f"mail {address}"})

    masked, hits = default_masker().mask_text(without_blobs(line))

    assert len(masked) < BLOB_IN_TEXT_CHARS
    assert dict(hits) == {"email": 1}
    assert address not in masked
