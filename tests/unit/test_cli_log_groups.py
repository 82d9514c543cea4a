"""Log groups read for a command: each page of the list, each tag, and stretches that would not end by themselves."""

from collections import Counter
from types import SimpleNamespace

import pytest

from logrouter.adapters.log_reader import CutPageError, StaleTokenError
from logrouter.model import LogEvent
from logrouter_cli.reading.log_groups import STALE_TOKENS, GroupReader, Selection
from logrouter_cli.reading.target import Target

GROUP = {"logGroupName": "/a", "arn": "arn:aws:logs:us-east-1:1:log-group:/a:*"}


class Logs:
    """Lists log groups one a page, each with the tags that are given."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, *names, tags=None):
        self.names = names
        self.tags = tags or {}

    def describe_log_groups(self, **arguments):
        at = int(arguments.get("nextToken", 0))
        page = {"logGroups": [{**GROUP, "logGroupName": self.names[at]}]}
        return page | ({"nextToken": str(at + 1)} if at + 1 < len(self.names) else {})

    def list_tags_for_resource(self, **_):
        return {"tags": self.tags}


class Scripted:
    """Reads stretches by a script: (events, error at their end)."""

    def __init__(self, *script):
        self.script = list(script)
        self.starts = []

    def read(self, _name, start_ms, _end_ms, _deadline):
        self.starts.append(start_ms)
        events, error = self.script.pop(0)
        if events:
            yield [("s", LogEvent(id_, at_ms, "text")) for id_, at_ms in events]
        if error:
            raise error


def reader_of(client, reads=None):
    reader = GroupReader(client, requests=Counter(), rate=1000, sleep=lambda _s: None)
    reader._describing = reader._pace = SimpleNamespace(wait=lambda: None)
    reader._reader = reads or reader._reader
    return reader


def test_every_page_of_the_list_is_read():
    """An account has more log groups than DescribeLogGroups gives at once."""
    names = [f"/aws/ecs/service-{number}" for number in range(5)]

    reader = reader_of(Logs(*names))

    chosen = [name for name, _ in reader.select(Selection(["/aws/ecs/*"]))]

    assert chosen == names
    assert reader._requests == {"DescribeLogGroups": 5}


@pytest.mark.parametrize(("tags", "chosen"), [({"team": "pay", "stage": "prod"}, ["/a"]), ({"team": "pay"}, [])])
def test_every_tag_has_to_be_there(tags, chosen):
    """Two tags narrow the choice down: a group with one of them is not meant."""
    selection = Selection(["*"], tags=[("team", "pay"), ("stage", "*")])

    found = reader_of(Logs("/a", tags=tags)).select(selection)

    assert [name for name, group in found if group] == chosen


def test_more_events_of_one_millisecond_than_a_page_holds_do_not_stop_the_reading():
    """A full page without a token is read again from its newest event, and from behind it when that brings no more."""
    full = [("1", 10), ("2", 10)]
    reads = Scripted((full, CutPageError()), (full, CutPageError()), ([("3", 11)], None))

    pages = list(reader_of(Logs(), reads).read_group(Target("/a", "log_group"), GROUP, 10, 20))

    assert [record.head.id for page in pages for record in page] == ["1", "2", "3"]
    assert reads.starts == [10, 10, 11]


def test_tokens_that_go_stale_again_and_again_end_the_reading():
    """What cannot be read is said, instead of asked for ever."""
    reads = Scripted(*[([], StaleTokenError("/a: page token refused"))] * (STALE_TOKENS + 1))
    target = Target("/a", "log_group")

    pages = list(reader_of(Logs(), reads).read_group(target, GROUP, 10, 20))

    assert (pages, target.troubles) == ([], [("/a", "page token refused")])
