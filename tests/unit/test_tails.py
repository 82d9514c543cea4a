"""What a payload ends with and the next one begins with: joined when they are one record, and only then."""

import json
from dataclasses import dataclass, field, replace

import pytest

from logrouter.jobs.forward_errors import Memory, plan
from logrouter.masking import Masker
from logrouter.model import Batch, LogEvent, Origin, RawText
from logrouter.policy import default_policy
from logrouter.policy.load import load_policy
from logrouter.stages.stitching.adjoining import adjoined
from logrouter.stages.stitching.tails import SEAM_LIMIT_MS, TEXT_LIMIT_CHARS, Held, Tail, place_of
from tests.unit.sentry_oracle import event_of
from tests.unit.test_log_samples import AT_MS, LOGS, NO_HEAD, TRACES, lines_of, name_of
from tests.unit.test_stitch_shapes import ONE, PG, firelens, partial

MASKER = Masker(default_policy())
GROUP, STREAM = "/aws/ecs/shop/application", "app/shop/abc"
ORIGIN = Origin("123456789012", "ap-northeast-2", GROUP, STREAM)
TRACEBACK = ["Traceback (most recent call last):", '  File "/app/a.py", line 1, in f', "    g()", "ValueError: x"]
NODE = ["TypeError: x", *[f"    at f{number} (/app/a.js:{number}:2)" for number in range(1, 5)]]
INFO = "2026-11-20 10:00:00,124 INFO shop next"
KEY_LINE = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn" + "/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpXm2a9w0rXQ4Q"
KEY_BEGIN = "-----BEGIN RSA PRIVATE " + "KEY-----"


@dataclass
class MemoryTails:
    """The promises of `Tails`, in memory, and what was asked."""

    kept: dict[tuple[Origin, int], dict[str, Tail]] = field(default_factory=dict)
    made: set[Held] = field(default_factory=set)
    settled: set[Held] = field(default_factory=set)
    finds: int = 0
    patient: list[bool] = field(default_factory=list)
    keeps: int = 0
    broken: bool = False

    def find(self, origin, first, fits, left_s, *, is_patient):
        self.finds += 1
        self.patient.append(is_patient)
        stretches = (first.timestamp_ms // SEAM_LIMIT_MS - back for back in (0, 1))
        tails = (self.kept.get((origin, stretch), {}) for stretch in stretches)
        return next(
            (known[place] for known in tails for place in sorted(known, reverse=True) if fits(known[place])), None
        )

    def keep(self, origin, tail):
        self.keeps += 1
        if not self.broken:
            self.kept.setdefault((origin, tail.ended_ms // SEAM_LIMIT_MS), {}).setdefault(tail.place, tail)
        return not self.broken

    def take_over(self, held, by, left_s):
        return held not in self.made and held not in self.settled

    def settle(self, held):
        self.settled.update(held)


@dataclass
class Stream:
    """One log stream, its payloads planned one by one, and what becomes of their deliveries.

    `events` are those that Sentry gets, in order; a delivery that waits is made when `drain` is called.
    """

    tails: MemoryTails = field(default_factory=MemoryTails)
    policy: object = field(default_factory=default_policy)
    group: str = GROUP
    events: list[dict] = field(default_factory=list)
    waiting: list = field(default_factory=list)
    dropped: list = field(default_factory=list)

    def payload(self, numbered, **changes):
        """Plan one payload of (number, line) pairs; deliver what is to be delivered now; return the tally."""
        document = {
            "messageType": "DATA_MESSAGE",
            "owner": ORIGIN.account,
            "logGroup": self.group,
            "logStream": STREAM,
            "logEvents": [{"id": str(at), "timestamp": AT_MS + at, "message": line} for at, line in numbered],
        }
        return self.plan(document | changes)

    def plan(self, event):
        made = plan(
            event,
            policy=self.policy,
            mask_text=MASKER.mask_text,
            region=ORIGIN.region,
            environment="test",
            limit_bytes=10**7,
            memory=Memory(tails=self.tails),
        )
        for delivery in made.deliveries:
            self.make(delivery)
        for postponed in made.later:
            self.settle(postponed.delivery)
            self.waiting.append(postponed)
        in_plan = sum(delivery.records for delivery in made.deliveries) + sum(
            postponed.delivery.records for postponed in made.later
        )
        assert made.tally.received == in_plan + made.tally.dropped.total()
        return made

    def make(self, delivery):
        """As courier and ledger do it: a key that was made, or made needless, is dropped."""
        held = Held(delivery.route, delivery.keys[0])
        if held in self.tails.made | self.tails.settled:
            self.dropped.append(delivery)
            return
        self.tails.made.add(held)
        self.settle(delivery)
        self.events.append(event_of(delivery))

    def settle(self, delivery):
        self.tails.settled.update(Held(*held) for held in delivery.supersedes)

    def drain(self):
        """Make what waited."""
        for postponed in self.waiting:
            self.make(postponed.delivery)
        self.waiting = []
        return self


def numbered(lines, first=1):
    return list(enumerate(lines, first))


def whole(lines, **stream):
    """The events of a log that came in one payload."""
    made = Stream(**stream)
    made.payload(numbered(lines))
    return told(made.drain().events)


def told(events):
    """Events without what each payload knows by itself: how many of its log events they stand for, and breadcrumbs."""
    bare = [json.loads(json.dumps(event)) for event in events]
    for event in bare:
        event["contexts"]["log_record"].pop("lines")
        event.pop("breadcrumbs", None)
    return sorted(bare, key=lambda event: (event["timestamp"], event["event_id"]))


def cut_at(lines, *cuts, **stream):
    """The stream whose payloads end before each of these lines."""
    made = Stream(**stream)
    for start, end in zip((0, *cuts), (*cuts, len(lines)), strict=True):
        made.payload(numbered(lines)[start:end])
    return made


LOOKS_BACK = {"ruby-rails"}
"""What an earlier record of a request says of it is known within one payload only."""

TEXTS = {
    **{f"trace-{name_of(path)}": lines_of(path) for path in TRACES if name_of(path) not in NO_HEAD},
    **{
        f"log-{name_of(path)}": lines
        for path in LOGS
        if path.stem not in LOOKS_BACK and not (lines := lines_of(path))[0].startswith("{")
    },
    **{f"shape-{name}": lines for name, lines in ONE.items()},
}


@pytest.mark.parametrize("lines", TEXTS.values(), ids=TEXTS)
def test_a_cut_at_any_line_changes_nothing(lines):
    """A log cut into two payloads at any line gives the events of the log that came in one."""
    expected = whole(lines)

    for cut in range(1, len(lines)):
        assert told(cut_at(lines, cut).drain().events) == expected, f"cut before line {cut}: {lines[cut][:60]}"


@pytest.mark.parametrize(
    "lines", [TEXTS["trace-python-context-3.13"], TEXTS["trace-java-cause"], TEXTS["trace-node-cause"]]
)
def test_two_cuts_at_any_lines_change_nothing(lines):
    """Neither do three payloads."""
    expected = whole(lines)

    for first in range(1, len(lines) - 1, 2):
        for second in range(first + 1, len(lines), 3):
            assert told(cut_at(lines, first, second).drain().events) == expected


def test_what_begins_and_ends_between_records_asks_for_nothing():
    """Payloads without open ends cost no question and no write."""
    stream = Stream()

    stream.payload(numbered([INFO, '{"level":"error","msg":"x"}', INFO]))
    stream.payload(numbered(['{"level":"error","msg":"y"}', '{"level":"info","msg":"z"}'], 10))

    assert (stream.tails.finds, stream.tails.keeps, len(stream.events)) == (0, 0, 2)


@pytest.mark.parametrize(
    ("lines", "patient"),
    [
        (TRACEBACK, [True]),
        (TRACEBACK[2:], [True]),
        (NODE[2:], [True]),
        (["a second line", *NODE[2:]], [True]),
        (["  FROM orders", INFO], [False]),
        (["a word", INFO], []),
        (["WARNING: low stock"], []),
        (["{", '  "a": 1', "}"], []),
    ],
)
def test_only_what_looks_like_a_trace_is_worth_waiting_for(lines, patient):
    """The rest of a trace, or what may stand below a title, is worth a second look; what is indented, a single one."""
    stream = Stream()

    stream.payload(numbered(lines))

    assert stream.tails.patient == patient


def test_the_beginning_waits_and_the_whole_is_sent_at_once():
    """The first payload's part is handed over, the second's is delivered; the books of both balance by themselves."""
    stream = cut_at(["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK, INFO], 2)

    assert [(postponed.code, postponed.delivery.records) for postponed in stream.waiting] == [("open_end", 2)]
    assert [event["contexts"]["log_record"]["lines"] for event in stream.events] == [3]


def test_a_beginning_that_is_no_issue_alone_is_one_with_its_rest():
    """A title without frames is no error by itself; its rest makes it one, under the id of the title."""
    lines = ["java.lang.IllegalStateException: x", "\tat com.shop.A.b(A.java:1)"]

    stream = cut_at(lines, 1)

    assert told(stream.drain().events) == whole(lines)
    assert len(stream.events) == 1


def test_the_rest_of_what_is_below_the_level_is_no_issue():
    """Frames that belong to a warning at the end of the last payload are dropped with it."""
    lines = ["2026-11-20 10:00:00,123 WARNING shop slow", *TRACEBACK]

    for cut in range(1, len(lines)):
        assert cut_at(lines, cut).drain().events == []


def test_a_rest_that_makes_it_ignored():
    """When the whole is dropped by rule, its beginning is not sent alone either."""
    rules = {"errors": {"ignore": [{"id": "x", "match": {"error.type": "ValueError"}}]}}
    lines = ["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK]

    for cut in range(1, len(lines)):
        stream = cut_at(lines, cut, policy=load_policy(json.dumps(rules)))
        assert stream.drain().events == []
        assert stream.tails.settled or not stream.dropped


class TestRepeats:
    def test_each_payload_twice(self):
        """Repeats of both payloads, in any order that keeps a payload behind its first time, change nothing."""
        expected = whole(TRACEBACK)
        first, second = numbered(TRACEBACK)[:2], numbered(TRACEBACK)[2:]

        for payloads in (
            [first, first, second, second],
            [first, second, first, second],
            [first, second, second, first],
        ):
            stream = Stream()
            for payload in payloads:
                stream.payload(payload)
            assert told(stream.drain().events) == expected

    def test_a_payload_in_the_middle_twice(self):
        """A payload that joins one end and leaves another finds the same end again when it is repeated."""
        lines = [*NODE, *NODE, *NODE]
        expected = whole(lines)
        stream = Stream()

        for payload in (numbered(lines)[:2], numbered(lines)[2:5], numbered(lines)[2:5], numbered(lines)[5:]):
            stream.payload(payload)

        assert told(stream.drain().events) == expected

    def test_a_repeat_of_the_first_after_the_second(self):
        """The end that a later payload left is not overwritten by a repeat of an earlier one."""
        lines = [NODE[0], *[f"    at f (/app/a.js:{number}:2)" for number in range(6)]]
        stream = Stream()
        first, second, third = numbered(lines)[:2], numbered(lines)[2:4], numbered(lines)[4:]

        for payload in (first, second, first, third):
            stream.payload(payload)

        assert told(stream.drain().events) == whole(lines)


class TestAlone:
    def test_a_second_payload_that_never_comes(self):
        """The beginning is sent alone when its time is over."""
        stream = Stream()

        made = stream.payload(numbered(["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK[:3]]))

        assert [postponed.wait_s for postponed in made.later] == [10]
        assert stream.events == []
        assert len(stream.drain().events) == 1

    def test_a_second_payload_that_comes_late(self):
        """Behind a beginning that was sent alone the whole goes under an id of its own, and says what it continues."""
        stream = Stream()
        lines = ["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK]
        stream.payload(numbered(lines)[:3])
        stream.drain()

        stream.payload(numbered(lines)[3:])
        stream.payload(numbered(lines)[3:])
        stream.drain()

        (alone, complete), (expected,) = stream.events, whole(lines)
        assert alone["event_id"] == expected["event_id"] != complete["event_id"]
        assert complete["exception"] == expected["exception"]
        assert complete["contexts"]["attributes"]["continues"] == alone["event_id"]

    def test_payloads_in_wrong_order(self):
        """A rest whose beginning is not there yet is sent alone, and so is the beginning; nothing is lost."""
        stream = Stream()

        stream.payload(numbered(TRACEBACK)[2:])
        stream.payload(numbered(["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK[:2]], -2))

        assert len(stream.drain().events) >= 1

    def test_an_end_that_could_not_be_kept(self):
        """Without the store nothing waits: the beginning is sent at once."""
        stream = Stream(tails=MemoryTails(broken=True))
        lines = ["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK]

        stream.payload(numbered(lines)[:3])

        assert (len(stream.events), stream.waiting) == (1, [])

    def test_switched_off(self):
        """With `hold_s` 0 nothing is kept, asked or held."""
        policy = load_policy('{"errors": {"stitching": {"hold_s": 0}}}')

        stream = cut_at(["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK], 3, policy=policy)

        assert (stream.tails.finds, stream.tails.keeps, stream.waiting) == (0, 0, [])

    def test_an_end_that_is_too_long(self):
        """What would make a large item is sent as it is."""
        frames = [f"    at f{number} (/app/a.js:{number}:2)" for number in range(TEXT_LIMIT_CHARS // 20)]
        stream = Stream()

        stream.payload(numbered([NODE[0], *frames]))

        assert (stream.tails.keeps, len(stream.events)) == (0, 1)

    def test_a_record_that_came_whole(self):
        """A log event of several lines waits for nothing."""
        stream = Stream()

        for end in ("\n", "\r"):
            stream.payload(
                [(1, end.join(["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK]))], logStream=f"s{end}"
            )

        assert (stream.tails.keeps, len(stream.events)) == (0, 2)


class TestNothingForeign:
    def test_another_stream(self):
        """The end of another stream is never joined."""
        stream = Stream()
        stream.payload(numbered(NODE)[:2])

        stream.payload(numbered(NODE)[2:], logStream="app/shop/other")

        assert len(stream.drain().events) == 2

    def test_a_pause(self):
        """What comes seconds later was not written with it."""
        stream = Stream()
        stream.payload(numbered(NODE)[:2])

        stream.payload(numbered(NODE[2:], 2 + SEAM_LIMIT_MS + 1))

        assert len(stream.drain().events) == 2

    def test_an_earlier_payload(self):
        """The end of a payload is not joined to one that stands before it in the stream."""
        stream = Stream()
        stream.payload(numbered(NODE, 10)[:2])

        stream.payload(numbered(NODE[2:], 5))

        assert len(stream.drain().events) == 2

    def test_a_payload_that_begins_anew(self):
        """A record of its own is none of the trace before it."""
        stream = Stream()
        stream.payload(numbered(NODE))

        stream.payload(numbered([INFO, *NODE[3:]], 10))

        assert told(stream.drain().events) == whole(NODE)

    def test_a_second_trace(self):
        """A title ends the trace before it, over payloads too."""
        stream = Stream()
        stream.payload(numbered(NODE))

        stream.payload(numbered(NODE, 4))

        assert [len(event["exception"]["values"][0]["stacktrace"]["frames"]) for event in stream.drain().events] == [
            4,
            4,
        ]

    def test_a_stream_whose_name_is_masked(self):
        """Two names may look alike once they are masked: such streams are judged by themselves."""
        stream = Stream()

        stream.payload(numbered(NODE)[:2], logStream="hong.gildong" + "@" + "customer.example.com")

        assert (stream.tails.keeps, len(stream.events)) == (0, 1)


class TestSecrets:
    def test_only_masked_text_is_kept(self):
        """What is kept for the next payload holds no secret."""
        secret = "hunter2" + "-Wq9"
        stream = Stream()

        stream.payload(numbered([f"2026-11-20 10:00:00,123 ERROR shop failed password={secret}", *TRACEBACK[:2]]))

        assert stream.tails.keeps == 1
        assert secret not in repr(stream.tails.kept)

    def test_the_rest_of_a_private_key(self):
        """A key whose begin stands in one payload and whose lines in the next is masked in both."""
        lines = [f"Error: bad key {KEY_BEGIN}", KEY_LINE, "    at f (/app/a.js:1:2)"]

        for cut in (1, 2):
            stream = cut_at(lines, cut)
            assert KEY_LINE not in json.dumps(stream.drain().events) + repr(stream.tails.kept)

    def test_a_value_below_its_label(self):
        """A value whose label stands in the payload before is masked with it."""
        secret = "hunter2" + "-Wq9"
        lines = ["2026-11-20 10:00:00,123 ERROR shop failed with password:", f"  {secret}", "    at f (/app/a.js:1:2)"]

        assert secret not in json.dumps(cut_at(lines, 1).drain().events)

    def test_rules_of_both_parts_are_told(self):
        """A joined record counts what was masked in either payload, and each payload's books count their own."""
        lines = [
            "2026-11-20 10:00:00,123 ERROR shop failed password=" + "hunter2" + "-Wq9",
            *TRACEBACK[:3],
            "ValueError: token=" + "hunter3" + "-Wq9xx",
        ]

        assert told(cut_at(lines, 2).drain().events) == whole(lines)


class TestWrapped:
    @pytest.mark.parametrize(
        "wrap", [firelens, lambda line: f"2026-11-20T06:28:40.7Z stderr F {line}"], ids=["json", "cri"]
    )
    def test_wrapped_lines(self, wrap):
        """Lines that a collector wrapped are joined over payloads in the wrapper of the first."""
        lines = [wrap(line) for line in ["2026-11-20 10:00:00,123 ERROR shop failed", *TRACEBACK]]

        for cut in range(1, len(lines)):
            assert told(cut_at(lines, cut).drain().events) == whole(lines)

    def test_a_cut_line(self):
        """A line of which Docker cut off a part is whole again, over payloads too."""
        lines = [
            partial("Error: a ", 1, last=False),
            partial("long line", 2, last=True),
            firelens("    at f (/a.js:1:2)"),
        ]

        for cut in (1, 2):
            assert told(cut_at(lines, cut).drain().events) == whole(lines)


class TestOneEvent:
    def batches(self, *payloads, **changes):
        origin = replace(ORIGIN, **changes)
        return [
            Batch(origin, tuple(LogEvent(str(at), AT_MS + at, RawText(line)) for at, line in payload))
            for payload in payloads
        ]

    def test_payloads_of_one_stream_that_follow_each_other(self):
        """Of a Kinesis event the open end goes to the payload that begins in the middle."""
        first, second = adjoined(self.batches(numbered([INFO, *NODE[:2]]), numbered(NODE[2:], 10)))

        assert [event.message for event in first.events] == [INFO]
        assert [event.message for event in second.events] == NODE

    @pytest.mark.parametrize("follower", [[INFO], []])
    def test_payloads_that_begin_anew_stay_as_they_are(self, follower):
        """Nothing moves to a payload that begins with a record of its own."""
        batches = self.batches(numbered(NODE), numbered(follower, 10))

        assert list(adjoined(batches)) == batches

    def test_payloads_of_two_streams(self):
        """Nothing moves to another stream."""
        batches = [*self.batches(numbered(NODE[:2])), *self.batches(numbered(NODE[2:], 10), log_stream="other")]

        assert list(adjoined(batches)) == batches

    def test_three_payloads(self):
        """A trace over three payloads is whole in the third."""
        batches = self.batches(numbered(NODE[:1]), numbered(NODE[1:2], 2), numbered(NODE[2:], 3))

        assert [[event.message for event in batch.events] for batch in adjoined(batches)] == [[], [], NODE]

    def test_a_kinesis_event(self):
        """The event of a trace that was cut within a Kinesis event is the one of the whole."""
        from tests.contract_world import kinesis

        stream = Stream()
        documents = [
            {
                "messageType": "DATA_MESSAGE",
                "owner": ORIGIN.account,
                "logGroup": GROUP,
                "logStream": STREAM,
                "logEvents": [{"id": str(at), "timestamp": AT_MS + at, "message": line} for at, line in payload],
            }
            for payload in (numbered(TRACEBACK)[:2], numbered(TRACEBACK)[2:])
        ]

        stream.plan(kinesis(*documents))

        assert told(stream.drain().events) == whole(TRACEBACK)


def test_places_sort_as_log_events_do():
    """Time first, then ids of any length."""
    events = [LogEvent(id_, at, RawText("x")) for id_, at in (("9", 1), ("10", 1), ("1", 2))]

    assert [place_of([event]) for event in events] == sorted(place_of([event]) for event in events)
    assert place_of(events) == place_of(events[2:])


def test_details_of_postgresql_in_the_next_payload():
    """The statement of an error that came in another payload belongs to it."""
    lines = [f"{PG}ERROR:  division by zero", f"{PG}STATEMENT:  select", "\t1/0"]

    assert told(cut_at(lines, 1).drain().events) == whole(lines)


def test_in_groups_of_errors_lines_that_waited_are_not_sent_twice():
    """Where every line is an issue, lines that wait for their proof are held with their title, and told once."""
    lines = ["Error: first line", "second line", "    at f (/app/a.js:1:2)"]
    group = "/aws/ecs/shop/errors"

    stream = cut_at(lines, 2, group=group)

    assert told(stream.drain().events) == whole(lines, group=group)
    assert len(stream.dropped) == 2
