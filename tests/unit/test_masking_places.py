"""`Masker.locate`: the same masking, with the place of each hit in the text as it came."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.masking import default_masker
from logrouter.masking.edits import Edit, apply, source_span
from logrouter_local import samples

PHONE = "010-" + "0412-8837"
MAIL = "kim.sujin" + "@example.com"


def found(text):
    return [(text[place.start : place.end], place.rule) for place in default_masker().locate(text)[1]]


def test_places_refer_to_the_text_as_it_came():
    """Spans cut what was replaced out of the input, in text and in JSON; of an e-mail that is its local part."""
    line = f'call {PHONE} {{"user": {{"contact": "{MAIL}"}}}}'

    assert [value for value, _ in found(line)] == [PHONE, MAIL.partition("@")[0]]


def test_places_behind_escapes_cover_the_written_form():
    """A value that stands escaped is covered as it is written, escapes included."""
    written = PHONE.replace("-", "\\u002d")

    assert [value for value, _ in found(f'{{"contact": "{written}"}}')] == [written]


@pytest.mark.parametrize(
    "name", [name for function in ("forward_errors", "trace_llm") for name in samples.documents(function)]
)
def test_locating_masks_and_counts_as_masking_does(name):
    """The masked text and the count of each rule are those of `mask_text`, for every sample."""
    masker = default_masker()
    for event in samples.render(name)["logEvents"]:
        masked, hits = masker.mask_text(event["message"])

        located, places = masker.locate(event["message"])

        assert (masked, hits) == (located, Counter(place.rule for place in places))
        assert all(0 <= place.start < place.end <= len(event["message"]) for place in places)


def test_places_of_later_looks_are_led_back_to_the_text_as_it_came(monkeypatch):
    """What a second and a third look find is told by its place in the input, not in what the looks before left."""
    text = "aaaa bb cccc dd eeee ff"
    looks = [
        [Edit(0, 4, "*", "first")],  # "* bb cccc dd eeee ff"
        [Edit(5, 9, "******", "second")],  # "* bb ****** dd eeee ff"
        [Edit(15, 19, "*", "third")],
    ]
    monkeypatch.setattr("logrouter.masking.engine.mask_in_rounds", lambda _engine, text, _gates: (text, looks))
    monkeypatch.setattr("logrouter.masking.text.TextEngine.open_gates", lambda _engine, _text: frozenset({"keys"}))

    assert found(text) == [("aaaa", "first"), ("cccc", "second"), ("eeee", "third")]


@given(st.lists(st.tuples(st.text("ab", max_size=3), st.text("xy", max_size=3)), max_size=6), st.data())
def test_a_span_is_followed_back_over_edits(parts, data):
    """What is found in edited text covers, in the source, what it came from: kept text exactly, replaced text whole."""
    source, edits = "", []
    for kept, new in parts:
        source += kept + "S"
        edits.append(Edit(len(source) - 1, len(source), new, "r"))
    masked = apply(source, edits)
    start = data.draw(st.integers(0, len(masked)))
    end = data.draw(st.integers(start, len(masked)))

    first, last = source_span(edits, start, end)

    inner = [edit for edit in edits if edit.start < last and edit.end > first]
    moved = [Edit(edit.start - first, edit.end - first, edit.new, edit.rule) for edit in inner]
    assert masked[start:end] in apply(source[first:last], moved)
