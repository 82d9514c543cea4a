"""A masked value tells why: counts by rule in the books of every function, and ids of rules on records that want them."""

import gzip
import json

import pytest

from logrouter.destinations.archive.window import GroupId, Window, WindowFacts
from logrouter.jobs import forward_errors, notify, trace_llm
from logrouter.jobs.archive_window import Compactor
from logrouter.masking import Masker
from logrouter.model import LogEvent, RawText, Tally
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.mask import counted

PHONE = "010-" + "1234-5678"
LISTING = load_policy(json.dumps({"masking": {"list_rules": True}}))


def document(group: str, stream: str = "s", **record) -> dict:
    message = json.dumps({"level": "error", **record})
    events = [{"id": "1", "timestamp": 1795140000000, "message": message}]
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": stream,
        "logEvents": events,
    }


def planned(job, event, policy):
    masker = Masker(policy)
    return job.plan(
        event,
        policy=policy,
        mask_text=masker.mask_text,
        region="ap-northeast-2",
        environment="dev",
        limit_bytes=10**7,
    )


def error_event(policy) -> dict:
    plan = planned(forward_errors, document("/aws/ecs/pay/errors", msg=f"call {PHONE}", password="x1"), policy)
    (delivery,) = plan.deliveries
    return json.loads(delivery.body.splitlines()[-1])


def test_issue_carries_the_rules():
    """With `list_rules` Sentry gets the ids as a tag, and as a list beside the count."""
    event = error_event(LISTING)

    assert event["tags"]["masked"] == "key.password,phone.mobile"
    assert event["contexts"]["log_record"]["masked"] == ["key.password", "phone.mobile"]


def test_issue_carries_no_rules_by_default():
    """Without a word in the policy no record tells what was masked in it, only how much."""
    event = error_event(default_policy())

    assert "masked" not in event["tags"]
    assert set(event["contexts"]["log_record"]) & {"masked", "masked_values"} == {"masked_values"}


@pytest.mark.parametrize(("policy", "expected"), [(LISTING, '["phone.mobile"]'), (default_policy(), None)])
def test_trace_carries_the_rules(policy, expected):
    """With `list_rules` Langfuse gets the ids as metadata of the observation."""
    call = {"type": "llm", "model": "gpt-4o", "requestId": "r", "prompt": PHONE, "response": "ok", "total_cost": 0.1}
    plan = planned(trace_llm, document("/aws/ecs/chat/llm", **call), policy)
    (delivery,) = plan.deliveries

    spans = json.loads(delivery.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    metadata = {item["key"]: item["value"].get("stringValue") for item in spans[0]["attributes"]}

    assert metadata.get("langfuse.observation.metadata.masked") == expected


@pytest.mark.parametrize("listing", [True, False])
def test_archived_line_carries_the_rules(listing):
    """With `list_rules` a line has `masked` behind the message; without it the bytes are those of ever."""
    tally = Tally("archive")
    window = Window(GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application"), 0, 100)
    work = Compactor(
        window,
        WindowFacts("pull", 0, 100),
        tally,
        mask_text=Masker(LISTING).mask_text,
        part_bytes=10**6,
        gzip_level=1,
        limit_bytes=10**6,
        list_rules=listing,
    )

    work.take([(f"app/{PHONE}", LogEvent("1", 5, RawText(f"call {PHONE}"))), ("s", LogEvent("2", 6, RawText("fine")))])
    part = work.commit(100)

    first, second = (json.loads(line) for line in gzip.decompress(part.body).splitlines())
    assert first.get("masked") == (["phone.mobile"] if listing else None)
    assert "masked" not in second
    assert list(first)[:6] == ["timestamp_ms", "id", "ingestion_ms", "log_group", "log_stream", "message"]
    assert tally.masked == {"phone.mobile": 2}


def test_names_of_streams_are_in_the_books():
    """What is masked in the name of a log stream counts like what is masked in a record."""
    plan = planned(forward_errors, document("/aws/ecs/pay/errors", f"app/{PHONE}", msg="down"), default_policy())

    assert plan.tally.masked == {"phone.mobile": 1}


def test_notifications_are_in_the_books():
    """What notify masks is counted by rule, in titles, texts and fields."""
    tally = Tally("sns")
    notification = {"Subject": f"call {PHONE}", "Message": f"password={'hunter' + '22'} for {PHONE}", "MessageId": "m"}

    notify.alert_of(notification, {}, counted(Masker(default_policy()).mask_text, tally), "dev")

    assert tally.masked == {"phone.mobile": 2, "key.password": 1}


def test_failure_is_in_the_books_and_goes_on():
    """A masker that fails is counted; who called it still learns of it."""
    tally = Tally()

    def broken(*_):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        counted(broken, tally)(RawText("x"), None, None)

    assert tally.masking_failed == 1
