"""trails: which earlier log events an issue carries along, and which never."""

import base64
import gzip
import json

import pytest

from logrouter.jobs.forward_errors import Memory, plan
from logrouter.model import OWN_MARKER, LogEvent
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.requests import payloads, trails
from logrouter.stages.requests.history import EVENTS_ASKED, LOOK_BACK_S
from tests.unit.sentry_oracle import event_of

A = "7f3c9a52-1d84-4e0b-9c27-5b8e6a40d913"
B = "c1d7f0e4-53b8-4a86-8f6b-2b90d4b7a1fe"
X = "11b2c3d4-0001-4000-8000-aaaaaaaaaaaa"
T0_MS = 1795140000000
GROUP = "/aws/ecs/orders/application"
FUNCTION = "/aws/lambda/orders"
STREAM = "2026/11/20/[$LATEST]" + "9bf31c7ff062936a96d3c8bd1f8f2ff3"


def line(level, message, **fields):
    return {"level": level, "msg": message, **fields}


def info(message, **fields):
    return line("info", message, **fields)


def error(message="failed", **fields):
    return line("error", message, **fields)


def document(*messages, group=GROUP, stream="s", account="123456789012", at_ms=T0_MS):
    """A decoded subscription document; each message is an object, a text, or a pair of its time and one of these."""
    events = []
    for number, message in enumerate(messages):
        moment, text = message if isinstance(message, tuple) else (number, message)
        text = text if isinstance(text, str) else json.dumps(text)
        events.append({"id": f"{stream}-{at_ms}-{number}", "timestamp": at_ms + moment, "message": text})
    return {
        "messageType": "DATA_MESSAGE",
        "owner": account,
        "logGroup": group,
        "logStream": stream,
        "logEvents": events,
    }


def kinesis(*documents):
    """A Kinesis event of several payloads."""
    data = [base64.b64encode(gzip.compress(json.dumps(each).encode())).decode() for each in documents]
    return {
        "Records": [
            {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": str(number), "data": each}}
            for number, each in enumerate(data)
        ]
    }


def policy_with(**section):
    return load_policy(json.dumps({"errors": {"breadcrumbs": section}}))


def planned(event, policy=None, *, mask_text=lambda text, service, log_group: (text, {}), **arguments):
    facts = {
        "policy": policy or default_policy(),
        "mask_text": mask_text,
        "region": "ap-northeast-2",
        "environment": "dev",
        "limit_bytes": 10**7,
    }
    return plan(event, **(facts | arguments))


def crumbs(event, policy=None, **arguments):
    """Message of each issue to the messages of its breadcrumbs."""
    events = [event_of(delivery) for delivery in planned(event, policy, **arguments).deliveries]
    return {
        each["logentry"]["formatted"]: [crumb["message"] for crumb in each.get("breadcrumbs", {}).get("values", ())]
        for each in events
    }


def test_records_of_no_error_are_breadcrumbs():
    """What `select` refuses becomes a breadcrumb of its request's error, and of no other request's."""
    event = document(
        info("received", requestId=A),
        info("elsewhere", requestId=B),
        info("stock reserved", requestId=A),
        error(requestId=A),
    )

    assert crumbs(event) == {"failed": ["received", "stock reserved"]}


def test_books_do_not_change():
    """A log event that is a breadcrumb stays dropped as `not_selected`; it is counted once."""
    result = planned(document(info("received", requestId=A), error(requestId=A)))

    assert result.tally.received == 2
    assert dict(result.tally.dropped) == {"not_selected": 1}


@pytest.mark.parametrize(
    "other",
    [
        info(f"retry of {A}", requestId=B),
        info("parent", requestId=B, parentRequestId=A),
        info("payment", orderId=A),
        f"{A} was said by somebody",
    ],
    ids=["in the message", "as another field", "as an order", "in plain text"],
)
def test_an_event_that_only_mentions_the_request(other):
    """What names the id without saying that it is of that request leads to nothing."""
    assert crumbs(document(other, error(requestId=A))) == {"failed": []}


def test_traces_hold_records_without_request_together():
    """An issue that names a trace and no request gets the records of its trace."""
    trace, other = "6e0c63257de34c926f9efcd03927272e", "f2a1c4d5e6978812a0b3c4d5e6f70819"

    event = document(info("one", traceId=trace), info("two", traceId=other), error(traceId=trace))

    assert crumbs(event) == {"failed": ["one"]}


@pytest.mark.parametrize("nobody", ["-", "undefined", "unknown", "0" * 32])
def test_no_request_holds_nothing_together(nobody):
    """What a logger writes when there is no request joins nothing."""
    assert crumbs(document(info("one", requestId=nobody), error(requestId=nobody))) == {"failed": []}


def test_a_counter_of_a_process_means_its_own_stream_only():
    """`req-1` of another log stream is another request; a UUID is the same one wherever it is named."""
    here, there = (
        document(info(f"of {name}", requestId="req-1"), info(f"{name} a", requestId=A), stream=name) for name in "st"
    )
    failing = document(error("short", requestId="req-1"), error("long", requestId=A), at_ms=T0_MS + 9)

    assert crumbs(kinesis(here, there, failing)) == {"short": ["of s"], "long": ["s a", "t a"]}


def test_other_accounts():
    """The same id in another account is another request."""
    elsewhere = document(info("elsewhere", requestId=A), account="999999999999")

    assert crumbs(kinesis(elsewhere, document(error(requestId=A), at_ms=T0_MS + 9))) == {"failed": []}


def test_payloads_of_one_event():
    """All payloads of an event are looked at, also those behind, and put into the order of time."""
    gateway = document(info("first", requestId=A), info("too late", requestId=A), group="/aws/ecs/gateway/application")
    gateway["logEvents"][1]["timestamp"] += 50
    orders = document(info("second", requestId=A), error(requestId=A), at_ms=T0_MS + 9)

    assert crumbs(kinesis(orders, gateway)) == {"failed": ["first", "second"]}


def test_payloads_let_go(monkeypatch):
    """Only the latest payloads of an event are kept, and those that hold an issue."""
    monkeypatch.setattr(payloads, "KEPT_CHARS", 500)
    gone = document(info("gone", requestId=A), stream="gone", at_ms=T0_MS - 9)
    first = document(info("one", requestId=A), error("1st", requestId=A))
    many = [document(info("x" * 200), stream=f"s{number}", at_ms=T0_MS + 5) for number in range(5)]
    last = document(info("two", requestId=A), error("2nd", requestId=A), at_ms=T0_MS + 9)

    found = crumbs(kinesis(gone, first, *many, last))

    assert found == {"1st": ["one"], "2nd": ["one", "1st", "two"]}


def test_our_own_records_are_no_breadcrumbs():
    """Nothing that logrouter wrote itself is told, by its marker or by its log group."""
    own = "{" + OWN_MARKER + f',"message":"settled","requestId":"{A}"}}'
    ours = document(info("ours", requestId=A), group="/logrouter/dev/forward-errors")

    assert crumbs(kinesis(ours, document(own, error(requestId=A), at_ms=T0_MS + 9))) == {"failed": []}


def test_metrics_are_no_breadcrumbs():
    """A line of embedded metrics is for machines."""
    metrics = {"_aws": {"CloudWatchMetrics": [], "Timestamp": 1}, "requestId": A}

    assert crumbs(document(metrics, error(requestId=A))) == {"failed": []}


def test_endless_lines_are_no_breadcrumbs():
    """What would take long to mask is left out."""
    endless = info("x" * payloads.EVENT_LIMIT_CHARS, requestId=A)

    assert crumbs(document(endless, info("short", requestId=A), error(requestId=A))) == {"failed": ["short"]}


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, []), (1, ["m3"]), (3, ["m1", "m2", "m3"]), (100, ["m0", "m1", "m2", "m3"])]
)
def test_limit_of_the_policy(limit, expected):
    """The policy says how many breadcrumbs an issue has; they are the latest ones."""
    event = document(*(info(f"m{number}", requestId=A) for number in range(4)), error(requestId=A))

    assert crumbs(event, policy_with(limit=limit)) == {"failed": expected}


def test_never_younger():
    """What happened after an issue did not lead to it, by the records' own times too."""
    later = info("later", requestId=A, timestamp="2026-11-20T02:00:00.500Z")
    event = document(later, info("earlier", requestId=A), error(requestId=A, timestamp="2026-11-20T02:00:00.300Z"))

    assert crumbs(event) == {"failed": ["earlier"]}


def test_many_issues_share_what_may_be_masked(monkeypatch):
    """However many issues there are, a bounded number of log events is masked for them, the nearest of each."""
    monkeypatch.setattr(trails, "MASKED_LIMIT", 50)
    monkeypatch.setattr(payloads, "MASKED_LIMIT", 50)
    ids = [f"{number:08d}-1d84-4e0b-9c27-5b8e6a40d913" for number in range(10)]
    messages = [info(f"m{step}", requestId=id_) for step in range(9) for id_ in ids]
    masked = []

    def mask_text(text, service, log_group):
        masked.append(text)
        return text, {}

    found = crumbs(document(*messages, *(error(f"e{id_}", requestId=id_) for id_ in ids)), mask_text=mask_text)

    assert list(found.values()) == [["m4", "m5", "m6", "m7", "m8"]] * 10
    assert len([text for text in masked if '"msg": "m' in text]) == 50


def test_masked_once():
    """A log event that leads to several issues is masked once."""
    masked = []

    def mask_text(text, service, log_group):
        masked.append(text)
        return text, {"rule": 1}

    result = planned(
        document(info("one", requestId=A), error("e1", requestId=A), error("e2", requestId=A)), mask_text=mask_text
    )

    assert sum("one" in text for text in masked) == 1
    assert result.tally.masked["rule"] == len(masked)


def test_masking_that_fails():
    """A log event that cannot be masked is no breadcrumb; the failure is counted."""

    def broken(text, service, log_group):
        if "one" in text:
            raise RuntimeError(text)
        return text, {}

    result = planned(document(info("one", requestId=A), info("two", requestId=A), error(requestId=A)), mask_text=broken)

    (delivery,) = result.deliveries
    assert [crumb["message"] for crumb in event_of(delivery)["breadcrumbs"]["values"]] == ["two"]
    assert (result.tally.masking_failed, result.tally.dropped.total()) == (1, 2)


class TestMaskedIds:
    """A policy may mask request ids; the raw one finds, and nothing shows it."""

    @staticmethod
    def pseudonym(text, service, log_group):
        return text.replace(A, "p_1111").replace(B, "p_2222"), {}

    @staticmethod
    def label(text, service, log_group):
        return text.replace(A, "[ID]").replace(B, "[ID]"), {}

    @pytest.mark.parametrize("mask_text", [pseudonym, label])
    def test_breadcrumbs(self, mask_text):
        """Records of one request are found by the id they really have, however it is shown."""
        event = document(info("of a", requestId=A), info("of b", requestId=B), error(requestId=A))

        result = planned(event, mask_text=mask_text)

        (delivery,) = result.deliveries
        assert [crumb["message"] for crumb in event_of(delivery)["breadcrumbs"]["values"]] == ["of a"]
        assert A.encode() not in delivery.body
        assert B.encode() not in delivery.body


class TestLambda:
    """Lines of one invocation belong to its request though they do not name it."""

    @staticmethod
    def invocation(*lines, id_=X, ended=True):
        return [f"START RequestId: {id_} Version: $LATEST\n", *lines, *([f"END RequestId: {id_}\n"] if ended else ())]

    def test_lines_without_an_id(self):
        """Printed lines lead to the error of the same invocation, and none of another one."""
        event = document(
            *self.invocation("printed before", id_=X.replace("1", "9")),
            *self.invocation("loading", {"level": "info", "msg": "elsewhere", "requestId": B}, "[ERROR] KeyError: 'a'"),
            group=FUNCTION,
            stream=STREAM,
        )

        assert crumbs(event) == {"KeyError: 'a'": [f"START RequestId: {X} Version: $LATEST", "loading"]}

    def test_the_issue_gets_the_request(self):
        """An error line without request id shows the id of its invocation."""
        event = document(*self.invocation("loading", "[ERROR] KeyError: 'a'"), group=FUNCTION, stream=STREAM)

        (delivery,) = planned(event).deliveries

        assert event_of(delivery)["tags"]["request_id"] == X

    def test_a_timeout_behind_the_end(self):
        """The line of a timeout names its request, and gets the lines of it, wherever it stands."""
        timeout = f"2026-11-20T02:00:09.000Z {X} Task timed out after 3.00 seconds"
        event = document(*self.invocation("loading"), (9000, timeout), group=FUNCTION, stream=STREAM)

        (found,) = crumbs(event).values()

        assert found == [f"START RequestId: {X} Version: $LATEST", "loading", f"END RequestId: {X}"]

    def test_what_was_begun_earlier(self):
        """Without START in the payload its first END says whose the lines before are."""
        event = document("printed", "[ERROR] KeyError: 'a'", f"END RequestId: {X}\n", group=FUNCTION, stream=STREAM)

        assert crumbs(event) == {"KeyError: 'a'": ["printed"]}

    def test_an_id_of_the_application(self):
        """An error that names a request of its own gets the records of that request only."""
        event = document(*self.invocation("printed", error(requestId=A)), group=FUNCTION, stream=STREAM)

        assert crumbs(event) == {"failed": []}


class FakeHistory:
    """Answers with what it was made with, and remembers what it was asked."""

    def __init__(self, *found, takes_s=0.0):
        self.found = found
        self.asked = []
        self.left_s = 60.0
        self._takes_s = takes_s

    def before(self, lookup, limit, within_s):
        self.asked.append((lookup, limit, within_s))
        self.left_s -= self._takes_s
        return list(self.found)


def earlier(number, message, before_ms=1000):
    text = message if isinstance(message, str) else json.dumps(message)
    return LogEvent(f"earlier-{number}", T0_MS - before_ms + number, text)


def looking_back(history, event, policy=None, **look_back):
    return crumbs(
        event,
        policy or policy_with(look_back={"enabled": True, **look_back}),
        memory=Memory(history=history),
        left_s=lambda: history.left_s,
    )


class TestLookingBack:
    def test_off_by_default(self):
        """Without the policy's leave nothing is asked."""
        history = FakeHistory(earlier(0, info("one", requestId=A)))

        assert crumbs(document(error(requestId=A)), memory=Memory(history=history)) == {"failed": []}
        assert history.asked == []

    def test_earlier_payloads(self):
        """What a history knows of the request stands before what the payload has of it."""
        history = FakeHistory(earlier(0, info("one", requestId=A)), earlier(1, info("of b", requestId=B)))

        assert looking_back(history, document(info("two", requestId=A), error(requestId=A))) == {
            "failed": ["one", "two"]
        }

    def test_the_question(self):
        """The log group is asked for what names the id, from so many minutes before the issue until the issue."""
        history = FakeHistory()

        looking_back(history, document(info("x"), error(requestId=A)), minutes=2)

        ((lookup, limit, within_s),) = history.asked
        assert (lookup.origin.log_group, lookup.in_stream, lookup.text) == (GROUP, False, A)
        assert (lookup.since_ms, lookup.until_ms) == (T0_MS + 1 - 120_000, T0_MS + 1)
        assert (limit, within_s) == (EVENTS_ASKED, LOOK_BACK_S)

    def test_the_question_about_an_invocation(self):
        """The stream of a function is asked for all that stands before the payload, and only when the START is not in it."""
        history = FakeHistory()
        whole = document(*TestLambda.invocation("[ERROR] KeyError: e"), group=FUNCTION, stream=STREAM)
        part = document("[ERROR] KeyError: e", f"END RequestId: {X}\n", group=FUNCTION, stream=STREAM)

        looking_back(history, whole)
        looking_back(history, part)

        ((lookup, *_),) = history.asked
        assert (lookup.in_stream, lookup.text, lookup.until_ms) == (True, None, T0_MS)

    def test_the_lines_of_an_invocation(self):
        """Behind its START everything is the request's; without it only what names the request."""
        lines = [earlier(0, "of another"), earlier(1, f"START RequestId: {X} Version: 7\n"), earlier(2, "printed")]
        event = document("[ERROR] KeyError: e", f"END RequestId: {X}\n", group=FUNCTION, stream=STREAM)

        with_start = looking_back(FakeHistory(*lines), event)
        without = looking_back(FakeHistory(lines[0], lines[2]), event)

        assert (with_start, without) == (
            {"KeyError: e": [f"START RequestId: {X} Version: 7", "printed"]},
            {"KeyError: e": []},
        )

    def test_so_many_lookups(self):
        """The first requests are asked about, each once, as often as the policy allows."""
        history = FakeHistory()
        ids = [f"{number:08d}-1d84-4e0b-9c27-5b8e6a40d913" for number in range(5)]

        looking_back(history, document(*(error(requestId=id_) for id_ in ids for _ in range(2))), lookups=3)

        assert [lookup.text for lookup, *_ in history.asked] == ids[:3]

    def test_so_many_seconds(self):
        """All lookups of an event together take so many seconds at most."""
        history = FakeHistory(takes_s=1.5)
        ids = [f"{number:08d}-1d84-4e0b-9c27-5b8e6a40d913" for number in range(5)]

        looking_back(history, document(*(error(requestId=id_) for id_ in ids)), lookups=5)

        assert [within_s for *_, within_s in history.asked] == [2.0, 0.5]

    def test_not_near_the_end(self):
        """Where little time is left for sending, nothing is asked."""
        history = FakeHistory()
        history.left_s = 5.0

        looking_back(history, document(error(requestId=A)))

        assert history.asked == []

    @pytest.mark.parametrize("id_", ["req-1", '"quoted" ' + A, A + " " + A, "가나다라마바사아자차카타파하가나다라"])
    def test_ids_that_cannot_be_asked_for(self, id_):
        """Ids that are short, or could not stand in a filter pattern as they are, are not asked for."""
        history = FakeHistory()

        looking_back(history, document(error(requestId=id_)))

        assert history.asked == []

    def test_masked_ids_are_not_asked_for(self):
        """A question would name the id that masking hides."""
        history = FakeHistory()

        planned(
            document(error(requestId=A)),
            policy_with(look_back={"enabled": True}),
            mask_text=TestMaskedIds.pseudonym,
            memory=Memory(history=history),
        )

        assert history.asked == []

    def test_log_groups(self):
        """Only log groups that the policy names are asked."""
        history = FakeHistory()

        looking_back(history, document(error(requestId=A)), log_groups=["/aws/lambda/*"])

        assert history.asked == []

    def test_enough_breadcrumbs(self):
        """An issue that has as many as it may needs no more."""
        history = FakeHistory()
        policy = policy_with(limit=1, look_back={"enabled": True})

        looking_back(history, document(info("one", requestId=A), error(requestId=A)), policy)

        assert history.asked == []

    def test_what_the_payload_has_already(self):
        """A log event that the history repeats is told once, and none of it is younger than the issue."""
        event = document(info("two", requestId=A), error(requestId=A))
        again = LogEvent(event["logEvents"][0]["id"], T0_MS, event["logEvents"][0]["message"])
        younger = earlier(0, info("younger", requestId=A), before_ms=-500)

        found = looking_back(FakeHistory(earlier(0, info("one", requestId=A)), again, younger), event)

        assert found == {"failed": ["one", "two"]}
