"""Where an event says what: trace, links, runtime, request, user, release, machine, and frames that group."""

from dataclasses import replace

import pytest

from logrouter.destinations.sentry_event import build_event
from logrouter.model import ErrorInfo, Frame, Level, Origin
from tests.unit.issues import NOW_MS, issue, record
from tests.unit.sentry_oracle import faults_of, scrubbed

XRAY = "1-67891233-abcdef012345678912345678"
W3C = "4bf92f3577b34da6a3ce929d0e0e4736"


def event(of=None, level=Level.ERROR, **fields):
    built = build_event(issue(of or record(**fields), level=level), "dev")
    assert faults_of(built) == []
    return built


class TestTrace:
    @pytest.mark.parametrize(
        "fields",
        [
            {"trace_id": XRAY},
            {"trace_id": f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1"},
            {"attributes": {"_X_AMZN_TRACE_ID": f"Root={XRAY};Parent=53995c3f42cd8ad8"}},
            {"attributes": {"xray_trace_id": XRAY}},
            {"attributes": {"X-Ray-Trace-Id": XRAY}},
            {"attributes": {"req": {"headers": {"x-amzn-trace-id": f"Self=1-1-2;Root={XRAY}"}}}},
        ],
    )
    def test_an_xray_id_is_shown_in_both_forms_and_linked(self, fields):
        """Wherever a record states an X-Ray id, the event has it in Sentry's form, in X-Ray's, and as a link."""
        built = event(**fields)

        shown = built["contexts"]["cloudwatch"]
        assert built["contexts"]["trace"]["trace_id"] == XRAY[2:].replace("-", "")
        assert (shown["xray_trace_id"], built["tags"]["xray_trace_id"]) == (XRAY, XRAY)
        assert shown["open_trace"] == (
            f"https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-2#xray:traces/{XRAY}"
        )

    def test_a_w3c_id_is_shown_in_both_forms_without_a_link(self):
        """X-Ray may never have seen a W3C id: its X-Ray form is shown, and leads nowhere."""
        shown = event(trace_id=W3C)["contexts"]

        assert shown["trace"]["trace_id"] == W3C
        assert shown["cloudwatch"]["xray_trace_id"] == "1-4bf92f35-77b34da6a3ce929d0e0e4736"
        assert "open_trace" not in shown["cloudwatch"]

    def test_its_own_trace_goes_before_a_named_one(self):
        """A record with a W3C id and an X-Ray id is in its own trace, and links to X-Ray's."""
        shown = event(trace_id=W3C, attributes={"xray_trace_id": XRAY})["contexts"]

        assert (shown["trace"]["trace_id"], shown["cloudwatch"]["xray_trace_id"]) == (W3C, XRAY)

    @pytest.mark.parametrize("value", ["1-xyz", "Root=", "text", "1-67891233", 17, None])
    def test_what_is_no_xray_id_is_none(self, value):
        """Another form of id in a field of that name is no X-Ray id."""
        shown = event(attributes={"xray_trace_id": value})["contexts"]["cloudwatch"]

        assert "open_trace" not in shown
        assert "xray_trace_id" not in shown


class TestContexts:
    def test_names_survive_the_default_scrubbers(self):
        """Group, stream, links and attributes with words such as `auth` come through Sentry's scrubbers as sent."""
        built = event(
            record(
                origin=Origin("123456789012", "ap-northeast-2", "/aws/ecs/auth-service", "token/secret-api_key/0a"),
                request_id="auth-password-1",
                component="AuthService",
                service="auth-service",
                attributes={"author": "kim", "promptTokens": 17, "note": "password: ***MASKED***"},
            )
        )

        after = scrubbed(built)

        assert after["contexts"] == built["contexts"]
        assert (dict(after["tags"]), after.get("server_name")) == (built["tags"], None)
        assert built["tags"]["server_name"] == "token/secret-api_key/0a"

    def test_attributes_with_names_that_mean_something(self):
        """Attributes that are called like parts of a context are shown beside them, none is lost."""
        shown = event(attributes={"type": "x", "title": 1, "resource": [2], "attributes": "y"})["contexts"]

        assert shown["attributes"] == {
            "logged.type": "x",
            "logged.title": 1,
            "logged.resource": [2],
            "logged.attributes": "y",
            "type": "otel",
            "title": "Attributes",
        }

    @pytest.mark.parametrize(
        ("attributes", "language", "expected"),
        [
            ({"runtime_version": "3.13.0"}, "python", {"type": "runtime", "name": "python", "version": "3.13.0"}),
            ({"node_version": "v22.1.0"}, "node", {"type": "runtime", "name": "node", "version": "v22.1.0"}),
            (
                {"process.runtime.name": "OpenJDK", "process.runtime.version": "21.0.1"},
                None,
                {"type": "runtime", "name": "OpenJDK", "version": "21.0.1"},
            ),
            ({}, "csharp", {"type": "runtime", "name": ".NET"}),
            ({}, "native", None),
            ({"runtime_version": "3.13.0"}, None, None),
        ],
    )
    def test_runtime(self, attributes, language, expected):
        """The runtime is that of the stack trace, with its version where the record says it."""
        error = ErrorInfo("E", "e", language=language) if language else None

        assert event(attributes=attributes, error=error)["contexts"].get("runtime") == expected

    @pytest.mark.parametrize(
        ("language", "file", "expected"),
        [
            ("python", "/var/lang/lib/python3.12/json/decoder.py", "3.12"),
            ("python", "/app/.venv/lib/python3.9/site-packages/flask/app.py", "3.9"),
            ("ruby", "/usr/local/bundle/ruby/3.2.0/gems/rack-3.0.8/lib/rack.rb", "3.2"),
            ("python", "/opt/python/requests/sessions.py", None),
            ("node", "/srv/python3.12/tool.js", None),
        ],
    )
    def test_version_by_the_folder_of_a_frame(self, language, file, expected):
        """Files of the runtime and of installed packages lie in a folder that names its version."""
        error = ErrorInfo("E", "e", (Frame("f", file, 1), Frame("g", "/app/own.py", 2)), language=language)

        assert event(error=error)["contexts"]["runtime"].get("version") == expected

    def test_a_stack_without_frames_is_shown_as_text(self):
        """A trace in a language nobody reads is not lost."""
        built = event(error=ErrorInfo("E", "e", stack="at line 1\nat line 2"))

        assert built["contexts"]["stack"]["text"] == "at line 1\nat line 2"


class TestRequest:
    def test_address_query_and_headers(self):
        """The query stands by itself, headers are those of the record, and hidden ones are left out."""
        headers = {"host": "shop.example", "authorization": "***MASKED***", "x-count": 3, "cookie": "a", "odd": {}}
        built = event(
            path="/orders/17?card=***MASKED***&page=2#top",
            method="post",
            user_agent="okhttp/4.12.0",
            attributes={"req": {"headers": headers}},
        )

        assert built["request"] == {
            "method": "POST",
            "url": "/orders/17",
            "query_string": [["card", "***MASKED***"], ["page", "2"]],
            "headers": {"User-Agent": "okhttp/4.12.0", "Host": "shop.example", "X-Count": "3"},
        }

    def test_no_request(self):
        """A record without path and method had no request, whatever headers it logs."""
        assert "request" not in event(user_agent="x", attributes={"headers": {"host": "h"}})

    def test_user(self):
        """Who it was stands in the user and, for searching and past the scrubbers, in a tag."""
        built = event(user_id="auth0|77", client_ip="10.0.*.*")

        assert (built["user"], built["tags"]["user_id"]) == ({"id": "auth0|77"}, "auth0|77")

    def test_what_earlier_records_of_the_request_tell(self):
        """Who it was, last, and what they asked for, first, may stand in earlier records of the same request."""
        earlier = (
            record(user_id="u-0", path="/orders/17", method="GET"),
            record(user_id="u-1", client_ip="10.0.0.7", path="/v1/charge", method="POST"),
            record(),
        )

        built = build_event(issue(record(), breadcrumbs=earlier), "dev")
        own = build_event(issue(record(user_id="u-2", path="/own"), breadcrumbs=earlier), "dev")

        assert built["user"] == {"id": "u-1", "ip_address": "10.0.0.7"}
        assert (built["request"], built["tags"]["user_id"]) == ({"method": "GET", "url": "/orders/17"}, "u-1")
        assert (own["user"], own["request"]) == ({"id": "u-2"}, {"url": "/own"})

    def test_what_a_service_asked_of_another_is_not_its_request(self):
        """A call to a host, or of another log group, is not what was asked of the service that failed."""
        gateway = replace(record().origin, log_group="/aws/ecs/gateway/application")
        call = record(method="POST", path="https://bank.example/charge")
        other = replace(record(method="GET", path="/api/orders/17"), origin=gateway)
        own = record(method="GET", path="/orders/17")

        shown = [
            build_event(issue(record(), breadcrumbs=crumbs), "dev").get("request", {}).get("url")
            for crumbs in [(call,), (call, other), (other, own), (own, call, other)]
        ]

        assert shown == [None, "/api/orders/17", "/orders/17", "/orders/17"]


class TestPlace:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"version": "1.4", "service": "orders"}, "orders@1.4"),
            ({"service": "orders", "attributes": {"image_tag": "2026.11"}}, "orders@2026.11"),
            ({"attributes": {"function_name": "pay", "function_version": "12"}}, "pay@12"),
            ({"attributes": {"function_name": "pay", "function_version": "$LATEST"}}, None),
            (
                {
                    "attributes": {
                        "function_name": "settle",
                        "function_arn": "arn:aws:lambda:ap-northeast-2:123456789012:function:settle:12",
                    }
                },
                "settle@12",
            ),
            (
                {
                    "service": "s",
                    "attributes": {
                        "invokedFunctionArn": "arn:aws:lambda:ap-northeast-2:123456789012:function:settle:v2026-11"
                    },
                },
                "s@v2026-11",
            ),
            (
                {
                    "service": "s",
                    "attributes": {"function_arn": "arn:aws:lambda:ap-northeast-2:123456789012:function:settle:live"},
                },
                None,
            ),
            (
                {
                    "service": "s",
                    "attributes": {
                        "function_arn": "arn:aws:lambda:ap-northeast-2:123456789012:function:settle:$LATEST"
                    },
                },
                None,
            ),
            (
                {
                    "service": "s",
                    "attributes": {"function_arn": "arn:aws:lambda:ap-northeast-2:123456789012:function:settle"},
                },
                None,
            ),
            ({"service": "orders"}, None),
        ],
    )
    def test_release(self, fields, expected):
        """The release is the record's version, its image's or commit's, or the number of the Lambda version or alias."""
        assert event(**fields).get("release") == expected

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"attributes": {"hostname": "ip-1", "pod": "p"}}, "ip-1"),
            ({"attributes": {"pod": "shop-7d9f8b6c5d-x2k4j"}}, "shop-7d9f8b6c5d-x2k4j"),
            ({"attributes": {"host": "client.example"}, "format": "postgresql"}, "app/orders/0a1b"),
            ({}, "app/orders/0a1b"),
        ],
    )
    def test_server_name(self, fields, expected):
        """The machine is what the record names, but never a client; else the log stream."""
        assert event(**fields)["server_name"] == expected

    def test_where_without_a_stack(self):
        """A record without a stack trace says which line logged, and in what language."""
        built = event(format="python-json", attributes={"location": "charge:26"})

        assert (built["tags"]["location"], built["platform"]) == ("charge:26", "python")

    @pytest.mark.parametrize(
        ("fields", "level", "expected"),
        [
            ({"component": "shop.pay"}, Level.ERROR, True),
            ({}, Level.ERROR, None),
            ({"component": "shop.pay"}, Level.FATAL, False),
            ({"format": "lambda-platform"}, Level.ERROR, False),
            ({"attributes": {"runtime_error": "Invoke Error"}, "component": "c"}, Level.ERROR, False),
            ({"attributes": {"uncaught": True}, "component": "c"}, Level.ERROR, False),
            ({"format": "postgresql", "component": "orders"}, Level.ERROR, None),
        ],
    )
    def test_handled(self, fields, level, expected):
        """Whether the program went on is said where the log tells, and only there."""
        built = event(record(error=ErrorInfo("E", "e"), **fields), level)

        assert built["exception"]["values"][0]["mechanism"].get("handled") is expected

    @pytest.mark.parametrize(
        ("message", "params", "error", "expected"),
        [
            ("push failed", (), ErrorInfo(None, "deadline exceeded"), "push failed"),
            ("push failed:", (), ErrorInfo(None, "deadline exceeded"), "push failed"),
            ("push failed: deadline exceeded", (), ErrorInfo(None, "deadline exceeded"), "Error"),
            ("push 17 failed", ("17",), ErrorInfo(None, "deadline exceeded"), "Error"),
            ("push failed", (), ErrorInfo("PushError", "deadline exceeded"), "PushError"),
            ("push failed", (), ErrorInfo(None, "x", (Frame("f", "/a.go", 1),)), "Error"),
            ("push\nfailed", (), ErrorInfo(None, "deadline exceeded"), "Error"),
            ("push failed " * 9, (), ErrorInfo(None, "deadline exceeded"), "Error"),
        ],
    )
    def test_an_error_without_a_type_is_named_by_the_log(self, message, params, error, expected):
        """Errors of Go have no type; the words that the program logged them with are the title then."""
        built = build_event(issue(record(message=message, error=error), params=params), "dev")

        assert built["exception"]["values"][0]["type"] == expected

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            ("Exception on /orders [POST]", False),
            ("Internal Server Error: /orders/", False),
            ("Exception in ASGI application", False),
            ("Task exception was never retrieved", False),
            ("Task shop.charge[8f14e45f-ceea-467f-a8d4-0c1f7d8b9e10] raised unexpected: boom", False),
            ("Uncaught exception GET /orders (10.0.0.1)", False),
            ("An unhandled exception has occurred while executing the request.", False),
            ("Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception", False),
            ("unhandledRejection: boom", False),
            ("Exception on the way to the bank", True),
            ("charge failed", True),
            ("Task failed", True),
        ],
    )
    def test_what_a_framework_had_to_catch_is_not_handled(self, message, expected):
        """A logger's line says that the program went on, but for those that frameworks write of what nobody caught."""
        built = event(message=message, component="shop.pay", error=ErrorInfo("E", "e"))

        assert built["exception"]["values"][0]["mechanism"]["handled"] is expected

    def test_an_exception_without_title_has_the_words_of_its_record(self):
        """An exception of which only frames are known is shown with what was logged with it, not as a bare `Error`."""
        built = event(message="pick failed\nlist 88", error=ErrorInfo(frames=(Frame("f", "a.js", 1),), language="node"))

        assert built["exception"]["values"][0]["value"] == "pick failed"


class TestFrames:
    def frames(self, *frames, language="python"):
        built = event(error=ErrorInfo("E", "e", frames, language=language))
        return built["exception"]["values"][0]["stacktrace"]["frames"]

    def test_source_of_several_lines(self):
        """The first line is what older runtimes print, and what Sentry compares; the others follow it."""
        shown = self.frames(Frame("f", "a.py", 1, source="charge(\n  order,\n)"))[0]

        assert (shown["context_line"], shown["post_context"]) == ("charge(", ["  order,", ")"])

    def test_rounds_of_a_recursion_are_folded(self):
        """Of a recursion one round is own code; the others stay in the trace, and Sentry folds them away."""
        walk, leaf = Frame("walk", "t.py", 5), Frame("leaf", "t.py", 9)

        shown = self.frames(Frame("main", "m.py", 1), walk, walk, walk, leaf)

        assert [(each["function"], each["in_app"]) for each in shown] == [
            ("main", True),
            ("walk", False),
            ("walk", False),
            ("walk", True),
            ("leaf", True),
        ]

    def test_names_hold_over_releases(self):
        """File, module and function lose what a build made up; the path as logged stays beside them."""
        node = self.frames(Frame("async pay", "/app/dist/main.3f2a1b.js", 1), language="node")[0]
        java = self.frames(Frame("lambda$pay$3", "Pay.java", 1, module="shop.Pay$$Lambda$14/0x1"), language="java")[0]

        assert (node["filename"], node["abs_path"], node["function"]) == (
            "dist/main.js",
            "/app/dist/main.3f2a1b.js",
            "pay",
        )
        assert (java["module"], java["function"]) == ("shop.Pay$$Lambda", "lambda$pay")

    def test_suppressed_exceptions_make_no_group(self):
        """An exception that suppressed another is the issue's title, not the one it suppressed."""
        crash = ErrorInfo("E", "e", members=(ErrorInfo("Close", "c", relation="suppressed"),), language="java")
        bundle = ErrorInfo("ExceptionGroup", "two", members=(ErrorInfo("A", "a"),), language="python")

        marks = [
            event(error=error)["exception"]["values"][-1]["mechanism"].get("is_exception_group")
            for error in (crash, bundle)
        ]

        assert marks == [None, True]


def test_times_are_exact():
    """The event has the record's time to the millisecond."""
    assert event()["timestamp"] == NOW_MS / 1000
