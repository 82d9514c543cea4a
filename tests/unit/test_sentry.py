"""The Sentry destination: what is sent is what Sentry stores, and every answer is read by Sentry's rules."""

import gzip
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from logrouter.destinations.contract import Target
from logrouter.destinations.sentry import EVENT_LIMIT_BYTES, SENTRY, encode_issue
from logrouter.destinations.sentry_event import SDK, event_id_of
from logrouter.errors import SecretError
from logrouter.model import ErrorInfo, Frame, Level, Origin
from tests.conftest import ROOT
from tests.unit.issues import NOW_MS, full, issue, python_error, record
from tests.unit.sentry_oracle import event_of, normalized, scrubbed, seconds_of


def encoded(of, environment="dev"):
    return event_of(encode_issue(of, "default", environment=environment))


class TestEvent:
    def test_golden(self, golden):
        """The event of a record with every field is the reviewed one."""
        golden("sentry_full", encoded(full()))

    def test_golden_bare(self, golden):
        """The event of a record with nothing but text is the reviewed one."""
        golden("sentry_bare", encoded(issue()))

    @pytest.mark.parametrize("of", [full(), issue()], ids=["full", "bare"])
    def test_comes_back_as_sent(self, of):
        """Sentry's normaliser finds no fault, and what identifies, dates and describes the event comes back as sent."""
        event = encoded(of)

        stored = normalized(event)

        for name in (
            "event_id",
            "level",
            "environment",
            "platform",
            "fingerprint",
            "logentry",
            "release",
            "transaction",
        ):
            assert event.get(name) == stored.get(name), name
        assert event["tags"] | {"server_name": event["server_name"]} == dict(stored["tags"])
        assert event.get("user", {}).items() <= (stored.get("user") or {}).items()
        assert seconds_of(stored["timestamp"]) == pytest.approx(NOW_MS / 1000, abs=1e-6)
        if "trace" in event["contexts"]:
            assert event["contexts"]["trace"]["trace_id"] == stored["contexts"]["trace"]["trace_id"]

    def test_survives_the_default_scrubbers(self):
        """Sentry's own scrubbing, all switched on, finds nothing left in a masked event."""
        stored = normalized(encoded(full()))

        assert scrubbed(stored) == stored

    def test_deterministic(self):
        """The same issue gives the same bytes in another process, whatever its hash seed."""
        program = (
            "import sys; sys.path.insert(0, '.');"
            "from tests.unit.issues import full;"
            "from logrouter.destinations.sentry import encode_issue;"
            "sys.stdout.buffer.write(encode_issue(full(), 'default', environment='dev').body)"
        )
        outputs = {
            subprocess.run(
                [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
            ).stdout
            for seed in ("1", "2")
        }

        assert outputs == {encode_issue(full(), "default", environment="dev").body}

    def test_id_is_a_function_of_the_log_event_alone(self):
        """Account, group, stream and log event id make the event id; nothing else does."""
        base = record()
        changes = [
            {"timestamp_ms": 1},
            {"message": "other"},
            {"origin": replace(base.origin, region="us-east-1")},
        ]
        others = [
            {"event_id": "2"},
            {"origin": replace(base.origin, account="210987654321")},
            {"origin": replace(base.origin, log_group="/b")},
            {"origin": replace(base.origin, log_stream="s")},
        ]

        assert {event_id_of(base)} == {event_id_of(replace(base, **change)) for change in changes}
        assert len({event_id_of(base), *(event_id_of(replace(base, **change)) for change in others)}) == 5

    @pytest.mark.parametrize(
        ("level", "expected"),
        [
            (Level.TRACE, "debug"),
            (Level.DEBUG, "debug"),
            (Level.INFO, "info"),
            (Level.WARN, "warning"),
            (Level.ERROR, "error"),
            (Level.FATAL, "fatal"),
        ],
    )
    def test_level(self, level, expected):
        """Each of our levels becomes a word Sentry knows."""
        assert expected == normalized(encoded(issue(level=level)))["level"]

    def test_no_message(self):
        """A record without text still makes an event that says so."""
        event = encoded(issue(record(message=""), template="", params=()))

        assert event["logentry"] == {"formatted": "(no message)"}
        normalized(event)

    def test_ours_to_say(self):
        """The sender names itself with the project's own version."""
        assert f'version = "{SDK["version"]}"' in (ROOT / "pyproject.toml").read_text("utf-8")

    @pytest.mark.parametrize(
        "change",
        [
            {"environment": "a/b\nc"},
            {"environment": "None"},
            {"environment": "."},
            {"environment": "x" * 100},
            {"environment": "운영" * 30},
            {"version": "판" * 100},
            {"environment": "\t"},
            {"version": "latest"},
            {"version": "feature/a\\b\n"},
            {"version": "v" * 400, "service": "s/" * 100},
            {"version": "..", "service": ""},
            {"version": " ", "service": "x"},
            {"service": "결제 서비스\n2"},
            {"request_id": 'a"b\n\x00c' + "d" * 300},
            {"trace_id": "0" * 32},
            {"trace_id": "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"},
            {"trace_id": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "span_id": None},
            {"trace_id": "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", "span_id": "0" * 16},
            {"trace_id": "not a trace", "span_id": "x"},
            {"user_id": "u" * 1000},
            {"user_id": "\n"},
            {"method": "GET /x HTTP/1.1", "path": "/" + "p" * 9000},
            {"method": None, "path": "한글 경로\n"},
            {"method": "get", "path": None},
            {"method": "A", "path": "/"},
            {"client_ip": "10.0.0.7"},
            {"client_ip": "2001:db8::1"},
            {"client_ip": "10.0.*.*"},
            {"user_agent": "a\r\nb" * 400, "path": "/"},
            {"component": "c\n" * 100},
            {"status": 99999},
            {"status": -1},
            {"duration_ms": float("nan")},
            {"message": "m" * 100_000},
            {"message": "\x00\ud800 \U0001f600"},
            {"attributes": {"": {"": None}, "a b/c\n": "v" * 100_000, "deep": [[[[[[[[1]]]]]]]], "big": 10**40}},
            {"attributes": {f"k{n}": "v" * 100 for n in range(1000)}},
            {"attributes": {"hostname": "h\n" * 300}},
            {"origin": Origin("", "", "", "")},
            {"error": ErrorInfo()},
            {"error": ErrorInfo(stack="s" * 100_000)},
            {"error": ErrorInfo(type="", message="", frames=(Frame(), Frame(line=-1)))},
            {"error": ErrorInfo(frames=(Frame("f", line=-1, column=-1), Frame(file="x", line=2**40)))},
            {"error": ErrorInfo("a." * 400, "v" * 20_000, language="python")},
            {"error": ErrorInfo("java.lang.", "x", language="java")},
            {"error": ErrorInfo("E", members=(ErrorInfo("A"), ErrorInfo("B", cause=ErrorInfo("C"))), language="node")},
        ],
        ids=lambda change: ",".join(f"{key}={str(value)[:24]!r}" for key, value in change.items()),
    )
    def test_awkward_values(self, change):
        """A value Sentry would null is made to fit or left out, so that the normaliser never finds a fault."""
        normalized(encoded(issue(record(**change))))

    @pytest.mark.parametrize(
        ("trace_id", "expected"),
        [
            ("1-67891233-abcdef012345678912345678", "67891233abcdef012345678912345678"),
            ("Root=1-67891233-abcdef012345678912345678;Sampled=1", "67891233abcdef012345678912345678"),
            ("4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ],
    )
    def test_trace_ids(self, trace_id, expected):
        """X-Ray, W3C and traceparent forms of a trace id become Sentry's 32 hex digits."""
        assert expected == encoded(issue(record(trace_id=trace_id)))["contexts"]["trace"]["trace_id"]

    def test_request_makes_a_trace(self):
        """Records of one request share a trace even when the application traces nothing."""
        first, second = (
            encoded(issue(record(event_id=number, request_id="req-1")))["contexts"]["trace"] for number in ("1", "2")
        )

        assert first["trace_id"] == second["trace_id"]
        assert first["span_id"] != second["span_id"]

    def test_environment_of_the_stack(self):
        """A record that names no environment gets that of the function; one that names it keeps its own."""
        assert encoded(issue(), environment="staging")["environment"] == "staging"
        assert encoded(full(), environment="staging")["environment"] == "prod"

    def test_links(self):
        """The event leads back to the log stream at its moment and to a query for its request."""
        context = encoded(full())["contexts"]["cloudwatch"]

        assert context["open_stream"] == (
            "https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-2#logsV2:log-groups/"
            "log-group/$252Faws$252Fecs$252Forders$252Ferrors/log-events/app$252Forders$252F0a1b"
            "$3Fstart$3D1795140000123$26refEventId$3D38247922349343574172699194757823705471706119218654085254"
        )
        assert "*22*0a*7c*20sort" in context["open_request"]
        assert "8f14e45f-ceea-467f-a8d4-0c1f7d8b9e10" in context["open_request"]


class TestException:
    def test_chain(self):
        """The root cause comes first, the crash last; ids say which led to which."""
        values = encoded(issue(record(error=python_error())))["exception"]["values"]

        assert [
            (value["type"], value.get("module"), value["mechanism"].get("parent_id"), value["mechanism"].get("source"))
            for value in values
        ] == [
            ("TimeoutError", None, 1, "__cause__"),
            ("StockError", "orders.errors", 0, "__context__"),
            ("KeyError", None, None, None),
        ]
        assert [value["mechanism"]["exception_id"] for value in values] == [2, 1, 0]

    def test_group(self):
        """Members of a group hang on the group by their place in it."""
        group = ErrorInfo(
            "ExceptionGroup", "two", members=(ErrorInfo("A", "a"), ErrorInfo("B", "b")), language="python"
        )

        values = encoded(issue(record(error=group)))["exception"]["values"]

        assert [(value["type"], value["mechanism"].get("source")) for value in values] == [
            ("B", "exceptions[1]"),
            ("A", "exceptions[0]"),
            ("ExceptionGroup", None),
        ]
        assert values[-1]["mechanism"]["is_exception_group"] is True

    def test_long_chain(self):
        """A chain of a thousand causes neither crashes nor pushes out the crash."""
        error = ErrorInfo("Root")
        for number in range(1000):
            error = ErrorInfo(f"E{number}", cause=error)

        values = encoded(issue(record(error=error)))["exception"]["values"]

        assert [values[0]["type"], values[-1]["type"], len(values)] == ["E970", "E999", 30]

    def test_frames(self):
        """Frames say whose code they are, keep whole line numbers and lose the folder of deployment."""
        frames = encoded(issue(record(error=python_error())))["exception"]["values"][-1]["stacktrace"]["frames"]

        assert frames[-1] == {
            "abs_path": "/var/task/orders/total.py",
            "colno": 8,
            "context_line": "order['price']",
            "filename": "orders/total.py",
            "function": "total",
            "in_app": True,
            "lineno": 40,
            "module": "orders.total",
        }

    def test_many_frames(self):
        """Of an endless recursion both ends are kept."""
        frames = tuple(Frame(f"f{number}", "a.py", number) for number in range(1000))

        kept = encoded(issue(record(error=ErrorInfo("RecursionError", frames=frames))))["exception"]["values"][0]

        names = [frame["function"] for frame in kept["stacktrace"]["frames"]]
        assert (names[0], names[-1], len(names)) == ("f0", "f999", 250)

    def test_fatal_is_not_handled(self):
        """What ended the process counts as unhandled."""
        crash = issue(record(error=python_error()), level=Level.FATAL)

        assert encoded(crash)["exception"]["values"][-1]["mechanism"]["handled"] is False


class TestSize:
    def test_giant(self):
        """The largest record that can be made fits the limit and is still a valid event that says what was left out."""
        long = "가" * 5_000
        error = ErrorInfo("E", long)
        for _ in range(40):
            error = ErrorInfo(
                long, long * 2, tuple(Frame(long, long, 1, 1, long, True, long) for _ in range(300)), error
            )
        giant = issue(
            record(message=long * 9, error=error, attributes={f"k{n}": long for n in range(99)}),
            breadcrumbs=tuple(record(message=long) for _ in range(200)),
            fingerprint=(long,) * 50,
            params=(long,) * 100,
        )

        delivery = encode_issue(giant, "default", environment="dev")

        assert len(delivery.body) < EVENT_LIMIT_BYTES + 1_000
        stored = normalized(event_of(delivery))
        assert ["logrouter.trimmed", "all but the crash"] in stored["tags"]

    def test_ordinary_event_is_whole(self):
        """An ordinary event is not trimmed."""
        assert "logrouter.trimmed" not in encoded(full())["tags"]


class TestDelivery:
    def test_envelope(self):
        """A delivery names its route, one key and its log events, and holds an envelope of one event without a date."""
        delivery = encode_issue(full(), "payments", environment="dev")

        head, item, _, _ = delivery.body.split(b"\n")
        assert (delivery.destination, delivery.route, delivery.lines, delivery.records) == (
            "sentry",
            "payments",
            (2,),
            2,
        )
        assert delivery.keys == (event_id_of(full().record),)
        assert json.loads(head) == {"event_id": delivery.keys[0], "sdk": SDK}
        assert json.loads(item)["type"] == "event"

    def test_request(self):
        """The request is the gzipped envelope with a fresh sending time and the target's own authentication."""
        delivery = encode_issue(issue(), "default", environment="dev")

        request = SENTRY.request(
            delivery, Target("https://h/api/1/envelope/", {"X-Sentry-Auth": "Sentry a"}), 1795140999
        )

        head, items = gzip.decompress(request.body).split(b"\n", 1)
        assert json.loads(head)["sent_at"] == "2026-11-20T02:16:39Z"
        assert items == delivery.body.split(b"\n", 1)[1]
        assert request.url == "https://h/api/1/envelope/"
        assert request.headers == {
            "Content-Type": "application/x-sentry-envelope",
            "Content-Encoding": "gzip",
            "User-Agent": "logrouter/0.1.0",
            "X-Sentry-Auth": "Sentry a",
        }

    def test_named(self):
        """A delivery carries the name of the destination that sends it."""
        assert encode_issue(issue(), "default", environment="dev").destination == SENTRY.name


KEY = "0123456789" + "abcdef" * 3


class TestTargets:
    def test_routes(self):
        """Each route has its project's address and key; `default` is the DSN at the top."""
        targets = SENTRY.targets(
            {
                "dsn": f"https://{KEY}@o1.ingest.sentry.io/42",
                "routes": {"payments": f"http://{KEY}@127.0.0.1:8000/sub/7"},
            }
        )

        assert {name: target.url for name, target in targets.items()} == {
            "default": "https://o1.ingest.sentry.io/api/42/envelope/",
            "payments": "http://127.0.0.1:8000/sub/api/7/envelope/",
        }
        assert targets["default"].headers == {
            "X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=logrouter/0.1.0"
        }
        assert KEY not in repr(targets)

    @pytest.mark.parametrize(
        "dsn",
        [
            None,
            "",
            "  ",
            7,
            "planted",
            "ftp://planted@h/1",
            "https://h/planted",
            "https://planted@h/",
            "https://planted@h/planted",
            "https://planted@/1",
            "https://planted@h:99999/1",
            "https://planted@h:x/1",
            "https://planted@[h/1",
            "https://plan ted,x@h/1",
        ],
    )
    @pytest.mark.parametrize("route", ["default", "payments"])
    def test_bad_dsn(self, dsn, route):
        """A bad DSN is refused by route name, without a trace of its value anywhere in the error."""
        good = f"https://{KEY}@h/1"
        secret = {"dsn": dsn} if route == "default" else {"dsn": good, "routes": {"payments": dsn}}

        with pytest.raises(SecretError) as refusal:
            SENTRY.targets(secret)

        assert route in str(refusal.value)
        assert "planted" not in str(refusal.value)
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None

    @pytest.mark.parametrize("routes", ["planted", ["planted"], 7])
    def test_bad_routes(self, routes):
        """Routes that are no object are refused by name."""
        with pytest.raises(SecretError, match="`routes` is not an object"):
            SENTRY.targets({"dsn": f"https://{KEY}@h/1", "routes": routes})
