"""Records that are no issues as Sentry Logs: the containers, and what becomes of them on the way."""

import gzip
import json
from collections.abc import Sequence
from typing import Any

import pytest
from sentry_sdk._log_batcher import LogBatcher

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.destinations.contract import Answer, Request
from logrouter.destinations.sentry import SENTRY, encode_issue, encode_logs
from logrouter.destinations.sentry_limits import EVENTS, LOGS
from logrouter.destinations.sentry_logs import (
    ATTRIBUTES_LIMIT,
    LOGS_LIMIT,
    LOGS_LIMIT_BYTES,
    SLIM_BODY_CHARS,
    VALUE_CHARS,
    build_log,
)
from logrouter.model import Delivery, DropReason, Level, LogItem, Settlement
from tests.delivery_fakes import FakeClock, MemoryLedger, MemoryQueue
from tests.unit.issues import full, issue, record
from tests.unit.sentry_oracle import event_of


def item(level: Level = Level.INFO, **changes: Any) -> LogItem:
    """A log item of one record."""
    return LogItem(record(**{"level": level, **changes}), level)


def everything() -> LogItem:
    """A log item with every field a record can have."""
    return LogItem(full().record, Level.WARN, "order %s failed", ("17",))


def numbered(count: int, **changes: Any) -> list[LogItem]:
    """So many log items of different log events."""
    return [item(event_id=str(number), message=f"step {number}", **changes) for number in range(count)]


def encoded(items: Sequence[LogItem]) -> list[Delivery]:
    """The deliveries of some items of the default route."""
    return encode_logs(items, "default", environment="dev")


def logs_of(delivery: Delivery) -> list[dict[str, Any]]:
    """The logs in an envelope, read by the envelope's own rules."""
    _head, header, payload, *rest = delivery.body.split(b"\n")
    facts, container = json.loads(header), json.loads(payload)
    assert (facts["length"], rest) == (len(payload), [b""])
    assert facts["item_count"] == len(container["items"]) == len(delivery.keys) == len(delivery.lines)
    return container["items"]


def bare(log: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a log without their types."""
    return {key: attribute["value"] for key, attribute in log["attributes"].items()}


class TestEncoding:
    def test_golden(self, golden: Any) -> None:
        """The container of a full record and a bare one is the reviewed one."""
        (delivery,) = encoded([everything(), item()])

        golden("sentry_logs", [json.loads(line) for line in delivery.body.splitlines()])

    def test_it_is_what_the_sdk_sends(self) -> None:
        """Envelope item, container, log and attribute types are those of Sentry's own SDK for the same facts."""
        (delivery,) = encoded([everything()])
        (ours,) = logs_of(delivery)
        facts = {
            "severity_text": "warn",
            "severity_number": 13,
            "attributes": bare(ours),
            "body": ours["body"],
            "time_unix_nano": full().record.timestamp_ms * 1_000_000,
            "trace_id": ours["trace_id"],
            "span_id": ours["span_id"],
        }

        theirs = LogBatcher._to_envelope_item([facts])

        _head, header, payload, _end = delivery.body.split(b"\n")
        assert json.loads(header) == {**theirs.headers, "length": len(payload)}
        (log,) = theirs.payload.json.pop("items")
        assert {**log, "timestamp": pytest.approx(log["timestamp"])} == ours
        assert json.loads(payload) == {**theirs.payload.json, "items": [ours]}

    @pytest.mark.parametrize("level", list(Level))
    def test_levels(self, level: Level) -> None:
        """Sentry's words for levels of logs are ours, `warn` among them; the number is OpenTelemetry's."""
        log = build_log(item(level), "dev")

        assert log["level"] == level.value
        assert bare(log)["sentry.severity_number"] == 1 + 4 * level.rank

    def test_it_has_the_trace_of_the_issue(self) -> None:
        """A log and an issue of the same request stand in the same trace, also where only the request id is known."""
        known = everything()
        derived = item(request_id="request-1")

        for each in (known, derived):
            event = event_of(encode_issue(issue(each.record), "default", environment="dev"))
            assert build_log(each, "dev")["trace_id"] == event["contexts"]["trace"]["trace_id"]

    def test_a_span_is_never_made_up(self) -> None:
        """A log without a span has none; where the record names one it is kept."""
        assert "span_id" not in build_log(item(request_id="request-1"), "dev")
        assert build_log(everything(), "dev")["span_id"] == full().record.span_id

    def test_without_request_the_stream_is_the_trace(self) -> None:
        """A trace id is required: records that name neither trace nor request share that of their log stream."""
        first, second = (build_log(one, "dev")["trace_id"] for one in numbered(2))

        assert first == second
        assert len(first) == 32

    def test_a_template_needs_parameters(self) -> None:
        """Sentry asks for no template where nothing was lifted out: it would be the message twice."""
        plain = bare(build_log(LogItem(record(message="ready"), Level.INFO, "ready"), "dev"))
        lifted = bare(build_log(everything(), "dev"))

        assert not [key for key in plain if key.startswith("sentry.message.")]
        assert (lifted["sentry.message.template"], lifted["sentry.message.parameter.0"]) == ("order %s failed", "17")

    def test_attributes_are_flat_and_typed(self) -> None:
        """Nested objects become dotted names; lists and numbers that Sentry cannot keep become text."""
        attributes = {
            "cart": {"items": 3, "total": 12.5, "gift": False},
            "tags": ["a", 1],
            "huge": 2**70,
            "lost": float("nan"),
            "none": None,
            "service": "other",
            "sentry.release": "faked",
        }

        shown = build_log(item(service="orders", attributes=attributes), "dev")["attributes"]

        assert shown["cart.items"] == {"value": 3, "type": "integer"}
        assert shown["cart.total"] == {"value": 12.5, "type": "double"}
        assert shown["cart.gift"] == {"value": False, "type": "boolean"}
        assert shown["tags"] == {"value": '["a", 1]', "type": "string"}
        assert shown["huge"] == {"value": str(2**70), "type": "string"}
        assert shown["lost"] == {"value": "NaN", "type": "string"}
        assert shown["service"] == {"value": "orders", "type": "string"}
        assert shown["logged.service"] == {"value": "other", "type": "string"}
        assert shown["logged.sentry.release"] == {"value": "faked", "type": "string"}
        assert not {"none", "sentry.release"} & shown.keys()

    def test_what_has_no_room_is_counted(self) -> None:
        """A log with endless attributes keeps the first ones and says how many it left out."""
        attributes = {f"a{number}": "y" * 5_000 for number in range(20)}

        shown = bare(build_log(item(attributes=attributes), "dev"))

        assert len(shown["a0"]) == VALUE_CHARS
        assert shown["omitted"] == 20 - sum(key.startswith("a") and key[1:].isdigit() for key in shown)
        assert (
            len(bare(build_log(item(attributes=dict.fromkeys(map(str, range(500)), 1)), "dev"))) == ATTRIBUTES_LIMIT + 1
        )

    def test_same_items_same_bytes(self) -> None:
        """Encoding reads neither clock nor chance."""
        assert encoded([everything(), item()]) == encoded([everything(), item()])

    def test_ledger_keys_are_not_those_of_issues(self) -> None:
        """The same log event, an issue before and a log now, is another delivery to the ledger."""
        event, (log,) = encode_issue(issue(), "default", environment="dev"), encoded([item()])

        assert not set(event.keys) & set(log.keys)


class TestContainers:
    def test_at_most_a_hundred_a_container(self) -> None:
        """Senders must not put more into an envelope."""
        sizes = [len(logs_of(delivery)) for delivery in encoded(numbered(2 * LOGS_LIMIT + 50))]

        assert sizes == [LOGS_LIMIT, LOGS_LIMIT, 50]

    def test_large_logs_make_small_containers(self) -> None:
        """However large the records, a container keeps its bytes; no log is left out."""
        deliveries = encoded(numbered(90, attributes={f"a{number}": "가" * 400 for number in range(40)}))

        assert max(len(delivery.body) for delivery in deliveries) <= LOGS_LIMIT_BYTES + 1_000
        assert sum(len(logs_of(delivery)) for delivery in deliveries) == 90
        assert len(deliveries) > 1

    def test_lines_are_the_books(self) -> None:
        """A log that was stitched from several log events counts for all of them."""
        (delivery,) = encoded([item(event_id="1", lines=3), item(event_id="2")])

        assert (delivery.lines, delivery.records) == ((3, 1), 4)

    def test_halves_are_whole_containers(self) -> None:
        """Cut in two, nothing is lost or doubled, and each half is a container of its own."""
        (whole,) = encoded(numbered(7))

        first, second = SENTRY.split(whole)

        assert logs_of(first) + logs_of(second) == logs_of(whole)
        assert first.keys + second.keys == whole.keys
        assert SENTRY.channel(first) == SENTRY.channel(second) == LOGS

    def test_one_log_goes_once_more_without_its_attributes(self) -> None:
        """A single log that is too large keeps its text's beginning and where it came from; then there is no more."""
        (whole,) = encoded([item(message="x" * 5_000, attributes={"cart": "y" * 900})])

        (slim,) = SENTRY.split(whole)

        (log,) = logs_of(slim)
        assert len(log["body"]) == SLIM_BODY_CHARS
        assert bare(log)["logrouter.trimmed"] == "attributes"
        assert {"log_group", "log_stream", "log_event_id", "sentry.environment"} <= bare(log).keys()
        assert (slim.keys, slim.lines) == (whole.keys, whole.lines)
        assert SENTRY.split(slim) == ()

    def test_without_takes_records_out(self) -> None:
        """What was delivered before is taken out and the rest stays in order."""
        (whole,) = encoded(numbered(4))

        rest = SENTRY.without(whole, {whole.keys[0], whole.keys[2]})

        assert rest is not None
        assert rest.keys == (whole.keys[1], whole.keys[3])
        assert logs_of(rest) == [logs_of(whole)[1], logs_of(whole)[3]]
        assert SENTRY.without(whole, whole.keys) is None

    def test_without_an_event(self) -> None:
        """An event is one record: it goes or stays."""
        event = encode_issue(issue(), "default", environment="dev")

        assert SENTRY.without(event, {"another"}) == event
        assert SENTRY.without(event, event.keys) is None
        assert SENTRY.channel(event) == EVENTS

    def test_the_envelope_says_when_it_is_sent(self) -> None:
        """As with events, Relay would move old times if the sending time were old."""
        (delivery,) = encoded([item()])
        target = SENTRY.targets({"dsn": "https://key@sentry.example/1"})["default"]

        request = SENTRY.request(delivery, target, 1_795_140_000.5)

        assert request.headers["Content-Type"] == "application/x-sentry-envelope"
        assert request.url == "https://sentry.example/api/1/envelope/"


class Server:
    """Answers logs one way and events another; remembers what it took."""

    def __init__(self, logs: Answer, events: Answer) -> None:
        self.answers = {LOGS: logs, EVENTS: events}
        self.seen: list[str] = []

    def send(self, request: Request, timeout_s: float) -> Answer:
        kind = LOGS if b'"type":"log"' in gzip.decompress(request.body) else EVENTS
        self.seen.append(kind)
        return self.answers[kind]


def deliver(server: Server, deliveries: Sequence[Delivery], ledger: MemoryLedger | None = None) -> Settlement:
    """Send by a courier of Sentry's, one request after another."""
    courier = Courier(
        SENTRY,
        targets=lambda *, refresh: SENTRY.targets({"dsn": "https://key@sentry.example/1"}),
        transport=server,
        ledger=ledger or MemoryLedger(),
        retry_queue=MemoryQueue(),
        clock=FakeClock(),
        concurrency=1,
    )
    return courier.deliver(deliveries, Deadline(lambda: 60_000, 1_000))


OK = Answer(200)


class TestDelivery:
    def mixed(self) -> list[Delivery]:
        """Logs and errors in turn: 20 logs, 2 errors."""
        first, second = (encode_issue(issue(record(event_id=name)), "default", environment="dev") for name in "ab")
        halves = SENTRY.split(encoded(numbered(20))[0])
        return [halves[0], first, halves[1], second]

    @pytest.mark.parametrize("category", ["log_item", "log_byte", "log_item;log_byte"])
    def test_used_up_logs_leave_errors_flowing(self, category: str) -> None:
        """A 429 for logs hands the logs over after one request and lets every error through."""
        server = Server(Answer(429, {"x-sentry-rate-limits": f"60:{category}:organization:log_usage_exceeded"}), OK)

        settled = deliver(server, self.mixed())

        assert (settled.delivered, settled.handed_over) == (2, 20)
        assert server.seen == [LOGS, EVENTS, EVENTS]

    def test_used_up_errors_leave_logs_flowing(self) -> None:
        """And the other way round."""
        server = Server(OK, Answer(429, {"x-sentry-rate-limits": "60:error:key"}))

        settled = deliver(server, self.mixed())

        assert (settled.delivered, settled.handed_over) == (20, 2)
        assert server.seen == [LOGS, EVENTS, LOGS]

    def test_logs_are_stopped_by_what_the_answer_to_an_error_announces(self) -> None:
        """A 200 to an event may say that no logs are wanted: none is sent then."""
        server = Server(OK, Answer(200, {"x-sentry-rate-limits": "60:log_item:organization"}))

        settled = deliver(server, self.mixed())

        assert (settled.delivered, settled.handed_over) == (12, 10)
        assert server.seen == [LOGS, EVENTS, EVENTS]

    def test_delivered_logs_are_not_sent_again(self) -> None:
        """A log has no id at Sentry: only the ledger keeps a repeat from standing there twice."""
        (whole,) = encoded(numbered(5))
        ledger = MemoryLedger(delivered={whole.keys[1]})
        server = Server(OK, OK)

        first = deliver(server, [whole], ledger)
        again = deliver(server, [whole], ledger)

        assert (first.delivered, first.dropped) == (4, {DropReason.DUPLICATE: 1})
        assert (again.delivered, again.dropped) == (0, {DropReason.DUPLICATE: 5})
        assert server.seen == [LOGS]

    def test_too_large_containers_are_cut_until_they_fit(self) -> None:
        """A 413 costs no log as long as one alone fits; the books balance."""
        (whole,) = encoded(numbered(8))

        class Small(Server):
            def send(self, request: Request, timeout_s: float) -> Answer:
                fits = b'"item_count":1,' in gzip.decompress(request.body)
                return super().send(request, timeout_s) if fits else Answer(413)

        server = Small(OK, OK)
        settled = deliver(server, [whole])

        assert (settled.delivered, len(server.seen)) == (8, 8)
