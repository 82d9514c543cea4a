"""Laws of breadcrumbs: never of another request, never younger, never unmasked, and without a say in the books."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.jobs.forward_errors import Memory, plan
from logrouter.masking import Masker
from logrouter.model import LogEvent
from logrouter.policy.load import default_policy, load_policy
from tests.unit.sentry_oracle import event_of, faults_of
from tests.unit.test_trails import kinesis

T0_MS = 1795140000000
MASK_TEXT = Masker(default_policy()).mask_text
UUIDS = [f"{number}f3c9a52-1d84-4e0b-9c27-5b8e6a40d913" for number in range(4)]
COUNTERS = ["req-1", "req-2", "17"]
PLANTED = [
    "kim" + "@" + "example.com",
    "010-" + "2951-8837",
    "880515-" + "1234567",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "password=" + "hunter2hunter2",
    "Bearer " + "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
]
SECRETS = [text.removeprefix("password=").removeprefix("Bearer ") for text in PLANTED]

messages = st.fixed_dictionaries(
    {
        "level": st.sampled_from(["info", "debug", "warn", "error"]),
        "id": st.sampled_from([*UUIDS, *COUNTERS, None]),
        "trace": st.sampled_from(["6e0c63257de34c926f9efcd03927272e", None]),
        "mentions": st.sampled_from([*UUIDS, None]),
        "planted": st.sampled_from([*PLANTED, None]),
        "shift": st.integers(-20, 20),
    }
)
streams = st.lists(
    st.tuples(st.sampled_from("ab"), st.lists(messages, min_size=1, max_size=12)), min_size=1, max_size=4
)


def documents(payloads):
    """Subscription documents; each message names its request, stream and true time in words."""
    made = []
    for number, (stream, lines) in enumerate(payloads):
        events = []
        for place, line in enumerate(lines):
            at_ms = T0_MS + 10 * place + line["shift"]
            text = {
                "level": line["level"],
                "msg": f"<{line['id']}|{stream}|{at_ms}> {line['mentions']} {line['planted']}",
                "requestId": line["id"],
                "traceId": line["trace"],
                "note": line["planted"],
            }
            events.append({"id": f"{number}-{place}", "timestamp": at_ms, "message": json.dumps(text)})
        made.append(
            {
                "messageType": "DATA_MESSAGE",
                "owner": "123456789012",
                "logGroup": "/aws/ecs/orders/application",
                "logStream": stream,
                "logEvents": events,
            }
        )
    return made


def planned(event, policy=None, **arguments):
    return plan(
        event,
        policy=policy or default_policy(),
        mask_text=MASK_TEXT,
        region="ap-northeast-2",
        environment="dev",
        limit_bytes=10**7,
        **arguments,
    )


def told(text):
    """What a message says of itself: request, stream and time."""
    id_, stream, at_ms = text[1 : text.index(">")].split("|")
    return id_, stream, int(at_ms)


def trails(result):
    """Each issue's own words, and those of its breadcrumbs."""
    for delivery in result.deliveries:
        event = event_of(delivery)
        crumbs = event.get("breadcrumbs", {}).get("values", [])
        yield event["logentry"]["formatted"], [crumb["message"] for crumb in crumbs], crumbs


@settings(max_examples=150, deadline=None)
@given(streams)
def test_breadcrumbs_are_of_the_request_and_not_younger(payloads):
    """Every breadcrumb names the issue's request, in its stream where the id is a counter, and is no younger."""
    for issue, crumbs, _ in trails(planned(kinesis(*documents(payloads)))):
        id_, stream, at_ms = told(issue)
        for crumb in crumbs:
            of, where, when = told(crumb)
            assert when <= at_ms
            assert id_ in {of, "None"}
            assert where == stream or of in {*UUIDS, "None"} or id_ == "None"


@settings(max_examples=100, deadline=None)
@given(streams)
def test_breadcrumbs_are_masked_and_in_order(payloads):
    """No planted value leaves in any byte; the order is that of time; Relay finds nothing wrong."""
    result = planned(kinesis(*documents(payloads)))

    for delivery in result.deliveries:
        assert not [secret for secret in SECRETS if secret.encode() in delivery.body]
    for _, _, crumbs in trails(result):
        times = [crumb["timestamp"] for crumb in crumbs]
        assert times == sorted(times)
        assert len(crumbs) <= 20
    for delivery in result.deliveries[:3]:
        assert faults_of(event_of(delivery)) == []


@settings(max_examples=60, deadline=None)
@given(streams)
def test_breadcrumbs_change_no_book(payloads):
    """What is sent, dropped and received is the same with and without breadcrumbs, and the same event gives the same bytes."""
    event = kinesis(*documents(payloads))
    without = load_policy(json.dumps({"errors": {"breadcrumbs": {"limit": 0}}}))

    first, again, bare = planned(event), planned(event), planned(event, without)

    assert [delivery.body for delivery in first.deliveries] == [delivery.body for delivery in again.deliveries]
    assert [(each.keys, each.lines, each.route) for each in first.deliveries] == [
        (each.keys, each.lines, each.route) for each in bare.deliveries
    ]
    assert (first.tally.received, first.tally.dropped) == (bare.tally.received, bare.tally.dropped)


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, min_size=1, max_size=8), st.lists(messages, max_size=12), st.booleans())
def test_what_a_history_tells_is_held_to_the_same(lines, earlier, fails):
    """Whatever a history answers, or that it breaks, breadcrumbs are of the request, not younger, and masked."""

    class Told:
        def before(self, lookup, limit, within_s):
            if fails:
                raise RuntimeError("history")
            (made,) = documents([("z", earlier)]) if earlier else ({"logEvents": []},)
            return [LogEvent(f"x{e['id']}", e["timestamp"] - 5, e["message"]) for e in made["logEvents"]][-limit:]

    policy = load_policy(json.dumps({"errors": {"breadcrumbs": {"look_back": {"enabled": True}}}}))

    result = planned(kinesis(*documents([("a", lines)])), policy, memory=Memory(history=Told()))

    assert result.tally.missing == sum(delivery.records for delivery in result.deliveries)
    for delivery in result.deliveries:
        assert not [secret for secret in SECRETS if secret.encode() in delivery.body]
    for issue, crumbs, _ in trails(result):
        id_, _, _ = told(issue)
        assert all(told(crumb)[0] == id_ or id_ == "None" for crumb in crumbs)


# ---------------------------------------------------------------- Lambda

STEP_MS = 10
REQUESTS = [f"{number:08d}-0001-4000-8000-aaaaaaaaaaaa" for number in range(6)]
steps = st.lists(st.tuples(st.sampled_from(["print", "error", "print", "log"]), st.booleans()), min_size=0, max_size=4)
invocations = st.lists(st.tuples(st.sampled_from(REQUESTS), steps, st.booleans()), min_size=1, max_size=5)


def text_stream(made):
    """A function's stream in the text format: invocation after invocation, lines between them now and then."""
    lines = []
    for id_, each, idle in made:
        lines.append(f"START RequestId: {id_} Version: $LATEST\n")
        lines += [line_of(id_, *step) for step in each]
        took_ms = STEP_MS * (len(each) + 1)
        lines += [
            f"END RequestId: {id_}\n",
            f"REPORT RequestId: {id_}\tDuration: {took_ms} ms\tBilled Duration: 9 ms\n",
        ]
        lines += ["[ERROR] Extension: <nobody>"] if idle else []
    return lines


def line_of(id_, kind, names):
    if kind == "print":
        return f"printed <{id_ if names else f'of {id_[:8]}'}>"
    if kind == "error":
        return f"[ERROR] KeyError: <of {id_[:8]}>"
    return f"[INFO]\t2026-11-20T02:00:00.000Z\t{id_}\tlogged <of {id_[:8]}>\n"


def lambda_event(lines):
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/orders",
        "logStream": "2026/11/20/[$LATEST]" + "9bf31c7ff062936a96d3c8bd1f8f2ff3",
        "logEvents": [
            {"id": str(n), "timestamp": T0_MS + n * STEP_MS, "message": text} for n, text in enumerate(lines)
        ],
    }


def mine(text, id_):
    """True when a line of a stream says that it is of a request."""
    return f"of {id_[:8]}" in text or id_ in text


@settings(max_examples=200, deadline=None)
@given(invocations, st.integers(0, 30), st.integers(1, 40))
def test_lines_of_an_invocation(made, first, count):
    """However a stream is cut into payloads, a line is given the request that wrote it, or none."""
    event = lambda_event(text_stream(made)[first : first + count] or ["nothing"])

    for delivery in planned(event).deliveries:
        sent = event_of(delivery)
        issue, id_ = sent["logentry"]["formatted"], sent["tags"].get("request_id")
        assert id_ is None or mine(issue, id_)
        assert id_ is None or all(mine(c["message"], id_) for c in sent.get("breadcrumbs", {}).get("values", ()))


@settings(max_examples=200, deadline=None)
@given(invocations, st.randoms(use_true_random=False))
def test_environments_that_work_on_several_requests(made, random):
    """Where requests run side by side, lines that name none stay without one."""
    lines = [
        [_json("start", id_), *(line_of(id_, *step) for step in each), _json("report", id_)] for id_, each, _ in made
    ]
    mixed = []
    while any(lines):
        mixed.append(random.choice([each for each in lines if each]).pop(0))

    for delivery in planned(lambda_event(mixed)).deliveries:
        sent = event_of(delivery)
        assert "request_id" not in sent["tags"]


def _json(kind, id_):
    metrics = {"metrics": {"durationMs": 8.1}} if kind == "report" else {}
    return json.dumps({"type": f"platform.{kind}", "record": {"requestId": id_, **metrics}}, separators=(",", ":"))
