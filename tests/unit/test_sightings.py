"""sightings: where raw texts seem to name ids."""

import sys

import pytest

from logrouter.stages.requests.sightings import Sights, is_long, is_somebody

LONG = "7f3c9a52-1d84-4e0b-9c27-5b8e6a40d913"
OTHER = "aaaaaaaa-1d84-4e0b-9c27-5b8e6a40d913"
"""Another id with the same end."""


@pytest.fixture(params=["re2", "without it"])
def places(request, monkeypatch):
    """Look for ids, with RE2 and without."""
    if request.param == "without it":
        monkeypatch.setitem(sys.modules, "re2", None)
    return lambda texts, ids: Sights(ids).places(texts)


def test_long_ids_are_found_anywhere(places):
    """A long id is found wherever it stands, and an id that only ends like it is not."""
    texts = [f"order {LONG} failed", "nothing", f'{{"requestId":"{OTHER}"}}', f"{LONG}", ""]

    assert places(texts, [LONG]) == {LONG: [0, 3]}


@pytest.mark.parametrize(
    "text",
    [
        '{"reqId":"req-1"}',
        '{"req":{"id": 17}, "reqId" : "req-1" }',
        "requestId=req-1 ok",
        "request_id: req-1",
        "ID='req-1'",
    ],
)
def test_short_ids_are_values_of_ids(places, text):
    """A short id is found as the value behind a name that ends with `id`."""
    assert places([text], ["req-1"]) == {"req-1": [0]}


@pytest.mark.parametrize(
    "text",
    [
        '{"reqId":"req-10"}',
        '{"reqId":"req-1-2"}',
        '{"reqId":"my-req-1"}',
        "req-1 failed",
        '{"order":"req-1"}',
        "amount=req-1",
    ],
)
def test_short_ids_elsewhere(places, text):
    """A short id within another one, or anywhere else in a text, is not found."""
    assert places([text], ["req-1"]) == {}


def test_many_ids_in_many_texts(places):
    """Thousands of ids are found in one call, each in its own texts, in order."""
    ids = [f"{number:032d}" for number in range(1200)]
    texts = [f"a {id_} b" for id_ in ids] + [f"again {id_}" for id_ in ids[::-1]]

    found = places(texts, ids)

    assert found == {id_: [number, 2399 - number] for number, id_ in enumerate(ids)}


@pytest.mark.parametrize(
    "id_", ["a.b*c(d)[e]{16}\\$^", "가나다라마바사아자차카타파하가나다라", "with blanks and 'quotes'"]
)
def test_ids_are_taken_literally(places, id_):
    """Characters with a meaning in patterns mean themselves."""
    assert places([f"x {id_} y", "x"], [id_]) == {id_: [0]}


def test_lone_surrogates(places):
    """A text that has no UTF-8 form is looked through all the same."""
    assert places([f"\ud800 {LONG}"], [LONG]) == {LONG: [0]}


@pytest.mark.parametrize(
    "id_", ["", "-", "null", "None", "undefined", "N/A", "0", "0" * 32, "00000000-0000-0000-0000-000000000000"]
)
def test_nobody(id_):
    """What loggers write for no request holds nothing together."""
    assert not is_somebody(id_)


@pytest.mark.parametrize("id_", ["1", "req-1", LONG, "a" * 200])
def test_somebody(id_):
    """Everything else is an id."""
    assert is_somebody(id_)


@pytest.mark.parametrize("id_", ["a" * 201, "a\nb", "a\x00b"])
def test_no_ids(id_):
    """A text of many characters, or of several lines, is no id."""
    assert not is_somebody(id_)


def test_long():
    """Counters of a process are short, what is one of its kind is long."""
    assert [is_long(id_) for id_ in ("42", "req-1f", "JKJaXmPLvHcESHA=", LONG)] == [False, False, True, True]


def test_ids_that_overlap_are_all_found(places):
    """The id of a step that goes on from the id of its request is found beside it, and so is one that begins within."""
    request = "|req-1234567890123"
    step, inner = f"{request}.17.", "4567890123.17.and-more"

    assert places([f"x{request}.17.and-more"], [request, step, inner]) == {request: [0], step: [0], inner: [0]}
