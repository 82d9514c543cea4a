"""prepare: the way to a masked record, and the books on the way."""

import pytest

from logrouter.model import OWN_MARKER, Batch, DropReason, Level, LogEvent, Origin, Tally
from logrouter.policy.log_groups import OWN_KIND
from logrouter.stages.prepare import prepare

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/orders/application", "app/orders/1")


def event(number, message):
    return LogEvent(str(number), 1795140000000 + number, message)


def refuse_quiet(events, kind):
    return [DropReason.NOT_SELECTED if "quiet" in of.message else None for of in events]


def mask_names(text, service, log_group):
    return text.replace("Kim", "[NAME]"), {"name": text.count("Kim")} if "Kim" in text else {}


def prepared(batches, *, mask_text=mask_names, kind=None):
    tally = Tally()
    found = list(prepare(batches, refuse=refuse_quiet, kind_of=lambda name: kind, mask_text=mask_text, tally=tally))
    return found, tally


def test_way_of_a_record():
    """What is not refused comes out masked and parsed, with the kind of its group; what is refused is counted."""
    batch = Batch(ORIGIN, (event(1, '{"level":"error","msg":"Kim failed"}'), event(2, "quiet")))

    ((record, kind, *_),), tally = prepared([batch], kind={"id": "application"})

    assert (record.message, record.level, record.event_id, record.origin) == ("[NAME] failed", Level.ERROR, "1", ORIGIN)
    assert kind == "application"
    assert (tally.received, dict(tally.dropped), dict(tally.masked)) == (2, {DropReason.NOT_SELECTED: 1}, {"name": 1})


def test_refused_batches_are_counted():
    """What decode refused stands in the books, beside the records of other batches."""
    batches = [
        Batch(ORIGIN, (), {DropReason.CORRUPT_GZIP: 1}),
        Batch(ORIGIN, (event(1, "an error"),), {DropReason.MALFORMED_EVENT: 3}),
    ]

    found, tally = prepared(batches)

    assert (len(found), tally.received) == (1, 5)
    assert dict(tally.dropped) == {DropReason.CORRUPT_GZIP: 1, DropReason.MALFORMED_EVENT: 3}


def test_own_log_groups_are_refused():
    """Nothing of a log group that logrouter writes itself goes on."""
    found, tally = prepared([Batch(ORIGIN, (event(1, "an error"), event(2, "quiet")))], kind=OWN_KIND)

    assert (found, dict(tally.dropped)) == ([], {DropReason.OWN_RECORD: 2})


def test_masking_that_fails():
    """When masking fails the text is gone, the record goes on, and each failure is counted: record, group, stream."""

    def broken(text, service, log_group):
        raise RuntimeError(text)

    ((record, *_),), tally = prepared([Batch(ORIGIN, (event(1, "Kim failed with an error"),))], mask_text=broken)

    assert "Kim" not in repr(record)
    assert (tally.received, tally.masking_failed, tally.missing) == (1, 3, 1)


def test_a_refusal_that_fails_lets_all_but_our_own_records_go_on():
    """What cannot be tested is judged later; a record of logrouter itself must not go round in circles meanwhile."""

    def broken(events, kind):
        raise RuntimeError("refuse")

    own = "{" + OWN_MARKER + ',"message":"error"}'
    batch, tally = Batch(ORIGIN, (event(1, own), event(2, "an error"))), Tally()

    found = list(prepare([batch], refuse=broken, kind_of=lambda name: None, mask_text=mask_names, tally=tally))

    assert [one.record.message for one in found] == ["an error"]
    assert dict(tally.dropped) == {DropReason.OWN_RECORD: 1}


def test_everything_goes_on_where_all_is_wanted():
    """Of a log group whose every record is wanted only our own records end here; other groups are tested as ever."""
    other = Origin("123456789012", "ap-northeast-2", "/aws/ecs/stock/application", "app/stock/1")
    batches = [
        Batch(ORIGIN, (event(1, "quiet"), event(2, "{" + OWN_MARKER + "}"))),
        Batch(other, (event(3, "quiet"),)),
    ]
    tally = Tally()

    found = list(
        prepare(
            batches,
            refuse=refuse_quiet,
            kind_of=lambda name: None,
            mask_text=mask_names,
            tally=tally,
            keep_all=lambda name: name == ORIGIN.log_group,
        )
    )

    assert [one.record.event_id for one in found] == ["1"]
    assert dict(tally.dropped) == {DropReason.OWN_RECORD: 1, DropReason.NOT_SELECTED: 1}


@pytest.mark.parametrize("count", [0, 1, 7])
def test_books_without_batches(count):
    """Empty batches are no events."""
    found, tally = prepared([Batch(ORIGIN, ())] * count)

    assert (found, tally.received, tally.balanced) == ([], 0, True)
