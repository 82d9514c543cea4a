"""What the traces and records of real runtimes look like line by line: what is one record, and what is not."""

import json

import pytest

from logrouter.model import LogEvent, RawText
from logrouter.stages.stitching.lanes import INTERRUPTIONS_LIMIT
from logrouter.stages.stitching.stitch import stitch
from logrouter.stages.stitching.wrapping import unwrap

ERROR = "2026-11-20 10:00:00,123 ERROR shop charge failed"
INFO = "2026-11-20 10:00:00,124 INFO shop next"
PYTHON = ["Traceback (most recent call last):", '  File "/app/a.py", line 1, in f', "    g()", "ValueError: x"]
NODE = ["TypeError: x", "    at f (/app/a.js:1:2)", "    at node:internal/main:3:4"]
PG = "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:"
PG_OTHER = "2026-11-20 02:00:00 UTC:10.0.0.8(5432):app@orders:[124]:"

ONE = {
    "python-crlf": [f"{line}\r" for line in (ERROR, *PYTHON)],
    "python-nbsp": [
        "[ERROR] ValueError: x",
        PYTHON[0],
        '\xa0\xa0File "/app/a.py", line 1, in f',
        "\xa0\xa0\xa0\xa0g()",
    ],
    "python-below-a-blank-line": [ERROR, "", *PYTHON],
    "python-chain-below-a-message-of-two-lines": [
        *PYTHON,
        "second line",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        *PYTHON,
    ],
    "python-task-never-awaited": [
        "Task exception was never retrieved",
        "future: <Task finished name='Task-2' coro=<pay() done> exception=ValueError('x')>",
        *PYTHON,
    ],
    "python-fault": [
        "Fatal Python error: Segmentation fault",
        "",
        "Current thread 0x00007f03aee28b80 (most recent call first):",
        '  File "/app/a.py", line 245 in pay',
        "",
        "Extension modules: numpy (total: 1)",
    ],
    "rails-without-tags": [
        "F, [2026-11-20T02:00:00.123456 #7] FATAL -- :   ",
        "PaymentError (declined):",
        "  ",
        "app/models/order.rb:16:in `pay'",
        "app/controllers/orders_controller.rb:8:in `create'",
    ],
    "rust-panic-without-frames": [
        "thread 'main' (7) panicked at src/main.rs:4:9:",
        "panic in a destructor during cleanup",
        "thread caused non-unwinding panic. aborting.",
    ],
    "anyhow": ["Error: checkout of cart 4", "", "Caused by:", "    0: declined", "    1: invalid digit"],
    "node-coloured": [
        "\x1b[31mTypeError: x\x1b[39m",
        "\x1b[90m    at f (/app/a.js:1:2)\x1b[39m",
        "    at g (/app/a.js:3:4)",
    ],
    "node-thrown-object": ["/app/a.js:3", "throw { code: 17 };", "^", "{ code: 17 }", "", "Node.js v20.20.2"],
    "python-remote": [
        "concurrent.futures.process._RemoteTraceback: ",
        '"""',
        *PYTHON,
        '"""',
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        *PYTHON,
    ],
    "python-logging-that-failed": [
        "--- Logging error ---",
        *PYTHON,
        "Call stack:",
        '  File "/app/a.py", line 9, in <module>',
        "    log.info('%s')",
        "Message: '%s %s'",
        "Arguments: (1,)",
    ],
    "python-without-frames": [PYTHON[0], "ValueError: x"],
    "python-below-a-level-of-one-letter": ["1120 11:31:40,MainThread E shop.api: charge failed", *PYTHON],
    "dotnet-below-serilog": ["[11:43:00 ERR] charge failed", "System.TimeoutException: x", "   at Shop.Pay.Charge()"],
    "node-threw-no-error": [
        "/app/main.js:2",
        "throw 'no stock left'",
        "^",
        "",
        "no stock left",
        "(Use `node --trace-uncaught ...` to show where the exception was thrown)",
        "",
        "Node.js v20.20.2",
    ],
    "php-monolog-with-cause": [
        '[2026-11-20T11:38:20+00:00] shop.ERROR: charge failed {"exception":"[object] (LogicException(code: 0): x at a.php:8)',
        "[stacktrace]",
        "#0 /app/a.php(22): f()",
        "[previous exception] [object] (RuntimeException(code: 7): y at /app/a.php:5)",
        "[stacktrace]",
        "#0 /app/a.php(8): g()",
        '","user_id":"u-6"} []',
    ],
    "rails-tagged": [
        "F, [2026-11-20T11:48:02.123456 #7] FATAL -- : [8601b555] [shop]   ",
        "[8601b555] [shop] NoMethodError (undefined method `total' for nil):",
        "[8601b555] [shop]   ",
        "[8601b555] [shop] app/controllers/orders_controller.rb:9:in `show'",
    ],
    "java-cause-of-two-lines": [
        "java.lang.IllegalStateException: x",
        "\tat com.shop.A.b(A.java:1)",
        "Caused by: com.shop.E: first",
        "second",
        "\tat com.shop.A.b(A.java:2)",
        "\t... 1 more",
    ],
    "dotnet": [
        "Unhandled exception. System.InvalidOperationException: x",
        " ---> System.ArgumentException: inner",
        "   at Shop.A.B() in /src/A.cs:line 5",
        "   --- End of inner exception stack trace ---",
        "   at Shop.A.C() in /src/A.cs:line 9",
        "--- End of stack trace from previous location ---",
        "   at Shop.Program.Main() in /src/A.cs:line 12",
    ],
    "go-panic-of-two-lines": [
        "panic: first",
        "second",
        "",
        "goroutine 1 [running]:",
        "main.main()",
        "\t/app/main.go:5 +0x1d",
        "",
        "goroutine 7 [select]:",
        "net/http.(*Server).Serve(0xc0001, {0x1, 0x2})",
        "\t/usr/lib/go/src/net/http/server.go:3086 +0x30a",
        "created by main.main in goroutine 1",
        "\t/app/main.go:3 +0x8c",
        "exit status 2",
    ],
    "go-signal": [
        "SIGSEGV: segmentation violation",
        "PC=0x46b4e1 m=0 sigcode=1",
        "",
        "goroutine 1 [running]:",
        "main.main()",
        "\t/app/main.go:5 +0x1d",
        "",
        "rax    0x0",
        "r15    0xc000",
    ],
    "rust-message-of-two-lines": [
        "thread 'main' panicked at src/main.rs:2:5:",
        "first",
        "second",
        "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    ],
    "php-message-of-two-lines": [
        "[20-Nov-2026 06:09:18 UTC] PHP Fatal error:  Uncaught Exception: first",
        "second in /app/x.php:3",
        "Stack trace:",
        "#0 {main}",
        "  thrown in /app/x.php on line 3",
    ],
    "ruby": ["app.rb:22:in 'charge': x (PaymentError)", "\tfrom app.rb:11:in 'order'", "\tfrom app.rb:19:in '<main>'"],
    "node-properties": [
        "Error: x",
        "    at f (/app/a.js:1:2) {",
        "  code: 'E',",
        "  [cause]: Error: y",
        "      at g (/app/a.js:3:4)",
        "}",
    ],
    "postgresql": [
        f'{PG}ERROR:  duplicate key value violates unique constraint "users_email_key"',
        f"{PG}DETAIL:  Key (id)=(2) already exists.",
        f"{PG}STATEMENT:  insert into users",
        "\tvalues (2, 'a')",
    ],
    "postgresql-default-prefix": [
        '2026-11-20 02:00:00.123 UTC [123] ERROR:  relation "x" does not exist at character 15',
        "2026-11-20 02:00:00.123 UTC [123] STATEMENT:  select * from x",
    ],
    "mysql-deadlock": [
        "2026-11-20T02:00:00.123456Z 8 [ERROR] [MY-012468] [InnoDB] Transactions deadlock detected, dumping information.",
        "*** (1) TRANSACTION:",
        "TRANSACTION 1234, ACTIVE 5 sec starting index read",
        "mysql tables in use 1, locked 1",
        "",
        " 0: len 4; hex 80000001; asc     ;;",
    ],
    "mysql-slow-query": [
        "# Time: 2026-11-20T02:00:00.123456Z",
        "# User@Host: app[app] @  [10.0.0.7]  Id:    12",
        "# Query_time: 3.210000  Lock_time: 0.000010 Rows_sent: 1  Rows_examined: 100000",
        "SET timestamp=1795140000;",
        "SELECT * FROM orders;",
    ],
    "json-over-several-lines": [
        "{",
        '  "level": "error",',
        '  "items": [',
        '    {"id": 1},',
        '    {"id": 2}',
        "  ]",
        "}",
    ],
    "json-without-indentation": ["{", '"level": "error",', '"msg": "x"', "}"],
    "object-behind-a-line": [f"{ERROR} {{", "  code: 17", "}"],
    "list-behind-a-line": [f"{ERROR} [", "  17", "]"],
}
"""Lines that are one record, over payloads too."""

WITHIN = {
    "spring-that-failed-to-start": [
        "2026-11-20T11:48:01.123Z ERROR 1 --- [main] o.s.b.d.LoggingFailureAnalysisReporter   : ",
        "",
        "***************************",
        "APPLICATION FAILED TO START",
        "***************************",
        "",
        "Description:",
        "",
        "Port 8080 was already in use.",
    ],
}
"""Lines that are one record when they come in one payload: none of them looks like the rest of something."""

APART = {
    "line-below-a-report-of-spring": [
        [
            "2026-11-20T11:48:01.123Z ERROR 1 --- [main] o.s.b.d.LoggingFailureAnalysisReporter   : ",
            "***",
            "Description:",
        ],
        [INFO],
    ],
    "rails-tags-of-another-request": [
        ["F, [2026-11-20T11:48:02.123456 #7] FATAL -- : [8601b555] gone"],
        ["[7701b555] going on"],
    ],
    "logrus-below-a-trace": [NODE, ["INFO[0000] errors=0"]],
    "json-lines-that-are-nearly-wrapped": [['{"log":"Error: x"}'], ['{"log":"    at f (/app/a.js:1:2)"}']],
    "access-line-below-an-error": [
        [ERROR],
        ['127.0.0.1 - - [20/Nov/2026:06:27:40 +0000] "GET / HTTP/1.1" 500 265'],
        PYTHON,
    ],
    "logfmt-below-an-error": [[ERROR], ['time=2026-11-20T02:00:00Z level=info msg="next"'], PYTHON],
    "coloured-line-below-a-trace": [PYTHON, ["\x1b[2m2026-11-20 02:00:00\x1b[0m [\x1b[32minfo\x1b[0m] next", "\tx"]],
    "small-level-below-a-trace": [NODE, ["info: next"]],
    "word-below-a-stack-of-python": [
        [ERROR, "Stack (most recent call last):", '  File "/app/a.py", line 1, in f', "    g()"],
        ["done"],
    ],
    "word-below-a-group-of-python": [
        [
            "  + Exception Group Traceback (most recent call last):",
            '  |   File "/app/a.py", line 1, in f',
            "  | ExceptionGroup: x (1 sub-exception)",
            "  +------------------------------------",
        ],
        ["done"],
    ],
    "name-below-goroutines": [
        ["panic: x", "", "goroutine 1 [running]:", "main.main()", "\t/app/main.go:5"],
        ["a.b.example"],
    ],
    "postgresql-of-two-sessions": [
        [f"{PG}ERROR:  x", f"{PG}STATEMENT:  select 1"],
        [f"{PG_OTHER}ERROR:  y", f"{PG_OTHER}STATEMENT:  select 2"],
    ],
    "postgresql-details-of-another-session": [[f"{PG}ERROR:  x"], [f"{PG_OTHER}STATEMENT:  select 2"]],
    "mysql-records": [
        ["2026-11-20T02:00:00.123456Z 8 [ERROR] [MY-1] [InnoDB] x", "more"],
        ["2026-11-20T02:00:00.123456Z 8 [Note] [MY-2] [InnoDB] y"],
    ],
    "slow-queries-of-one-second": [
        ["# Time: 2026-11-20T02:00:00Z", "# User@Host: app", "SELECT 1;"],
        ["# User@Host: app", "SELECT 2;"],
        ["# Time: 2026-11-20T02:00:01Z", "# User@Host: app", "SELECT 3;"],
    ],
    "objects-over-several-lines": [["{", '  "a": 1', "}"], ["{", '  "b": 2', "}"]],
    "bracket-below-nothing-open": [[INFO], ["}"]],
    "lambda-platform": [
        ["RequestId: 52fdfc07 Error: Runtime exited with error: exit status 1"],
        ["END RequestId: 52fdfc07"],
    ],
}
"""Records that stay apart."""


def joined(lines, step_ms=1):
    events = [LogEvent(str(at), at * step_ms, RawText(line)) for at, line in enumerate(lines)]
    return [event.message.split("\n") for event in stitch(events)]


@pytest.mark.parametrize("lines", [*ONE.values(), *WITHIN.values()], ids=[*ONE, *WITHIN])
def test_what_is_one_record_is_joined_and_nothing_else_is(lines):
    """The lines of one record become one log event, between lines of others that stay themselves."""
    expected = [line.rstrip("\r") for line in lines]

    assert joined([INFO, *lines, INFO]) == [[INFO], expected, [INFO]]
    assert joined([*lines, *lines])[0][: len(lines)] == expected


@pytest.mark.parametrize("records", APART.values(), ids=APART)
def test_what_is_not_one_record_stays_apart(records):
    """Nothing foreign is joined to a record."""
    assert joined([line for record in records for line in record]) == records


class TestInterrupted:
    def test_a_trace_goes_on_behind_a_record_that_can_have_none(self):
        """Frames below a line that speaks of no error belong to the trace that this line interrupted."""
        assert joined([*NODE[:2], INFO, NODE[2], INFO]) == [NODE, [INFO], [INFO]]

    def test_a_traceback_without_its_end_gets_it(self):
        """The end of a traceback is known to be missing, whatever stands between."""
        lines = [*PYTHON[:3], INFO, '{"level":"info"}', "a line that somebody printed", PYTHON[3], INFO]

        assert joined(lines)[0] == PYTHON

    def test_a_word_between_is_not_taken_along(self):
        """What waits for a proof stays itself when the trace goes on behind it."""
        lines = [*PYTHON[:3], "somebody printed: this", PYTHON[3]]

        assert joined(lines) == [PYTHON, ["somebody printed: this"]]

    def test_frames_of_another_language_are_not_taken(self):
        """A trace goes on with frames of its own kind only."""
        assert joined([*NODE, INFO, '  File "/app/a.py", line 1, in f']) == [
            NODE,
            [INFO, '  File "/app/a.py", line 1, in f'],
        ]

    def test_a_complete_traceback_takes_no_frames(self):
        """Below the end of a traceback its frames are over."""
        assert joined([*PYTHON, INFO, PYTHON[1]]) == [PYTHON, [INFO, PYTHON[1]]]

    def test_a_second_trace_begins_between(self):
        """Of two traces that are both open, frames go to the one that began last."""
        assert joined([*NODE[:2], ERROR, *NODE]) == [NODE[:2], [ERROR, *NODE]]

    def test_a_trace_waits_for_its_rest_over_few_records_only(self):
        """Behind many records of others nobody knows."""
        lines = [NODE[0], NODE[1], *[INFO] * (INTERRUPTIONS_LIMIT + 1), NODE[2]]

        assert joined(lines)[0] == NODE[:2]

    def test_a_trace_waits_for_its_rest_a_short_time_only(self):
        """What comes a second later was not written with it."""
        assert joined([NODE[0], NODE[1], INFO, NODE[2]], step_ms=600)[0] == NODE[:2]


def firelens(line, source="stderr", **more):
    return json.dumps({"container_id": "c1", "container_name": "app", "log": line, "source": source, **more})


def partial(line, number, last, name="p1"):
    return firelens(
        line,
        partial_message="true",
        partial_id=name,
        partial_ordinal=str(number),
        partial_last=str(last).lower(),
    )


def inner(lines):
    events = [LogEvent(str(at), at, RawText(line)) for at, line in enumerate(lines)]
    found = [(unwrap(event.message), event) for event in stitch(events)]
    return [wrapping.line.split("\n") if wrapping else [event.message] for wrapping, event in found]


class TestWrapped:
    def test_lines_in_wrappers_join_in_the_wrapper_of_the_first(self):
        """The trace stands in one object; what the collector said of the first line is kept."""
        lines = [firelens(line, date=number) for number, line in enumerate([ERROR, *PYTHON])]

        (event,) = stitch([LogEvent(str(at), at, RawText(line)) for at, line in enumerate(lines)])

        assert json.loads(event.message) == json.loads(lines[0]) | {"log": "\n".join([ERROR, *PYTHON])}
        assert (event.id, event.lines, event.ended_ms) == ("0", 5, 4)

    def test_a_single_line_stays_as_it_came(self):
        """Nothing is written anew that is not joined."""
        line = '{ "log" : "x" , "source":"stdout", "log":"x" }'

        assert stitch([LogEvent("1", 1, RawText(line))]) == [LogEvent("1", 1, RawText(line))]

    def test_streams_of_one_container_do_not_mix(self):
        """Where the collector says who wrote a line, lines of others between those of a trace do no harm."""
        lines = [firelens(ERROR), firelens("some output", source="stdout")]
        lines += [part for line in PYTHON for part in (firelens(line), firelens("  indented", source="stdout"))]

        assert inner(lines) == [[ERROR, *PYTHON], ["some output", *["  indented"] * 4]]

    def test_containers_do_not_mix(self):
        """Lines of two containers never stand in one record."""
        lines = [firelens(PYTHON[0]), firelens(PYTHON[1], container_id="c2")]

        assert inner(lines) == [[PYTHON[0]], [PYTHON[1]]]

    def test_json_in_a_wrapper_stays_alone(self):
        """A complete JSON line inside is a record of its own."""
        lines = [firelens('{"level":"error"}'), firelens("  indented")]

        assert inner(lines) == [['{"level":"error"}'], ["  indented"]]

    def test_the_prefix_of_containerd(self):
        """Lines behind the prefix of the CRI join, each stream by itself, and keep the first prefix."""
        lines = [f"2026-11-20T06:28:40.7{number}Z stderr F {line}" for number, line in enumerate(PYTHON)]
        lines.insert(2, "2026-11-20T06:28:40.72Z stdout F some output")

        events = stitch([LogEvent(str(at), at, RawText(line)) for at, line in enumerate(lines)])

        assert [event.message for event in events] == [
            "2026-11-20T06:28:40.70Z stderr F " + "\n".join(PYTHON),
            lines[2],
        ]

    def test_parts_of_a_cut_line_of_containerd(self):
        """A line that the kubelet cut is whole again."""
        head = "2026-11-20T06:28:40.7Z stderr"

        assert inner(
            [f"{head} P Error: a ", f"{head} P long ", f"{head} F line", f"{head} F     at f (/a.js:1:2)"]
        ) == [["Error: a long line", "    at f (/a.js:1:2)"]]

    def test_parts_of_a_line_that_docker_cut(self):
        """A line of more than 16 KB is whole again, and says no longer that it is a part."""
        lines = [partial("Error: a ", 1, last=False), partial("long ", 2, last=False), partial("line", 3, last=True)]

        (event,) = stitch([LogEvent(str(at), at, RawText(line)) for at, line in enumerate(lines)])

        assert json.loads(event.message) == json.loads(firelens("Error: a long line"))

    def test_parts_without_ids(self):
        """Older drivers give no id: the parts of one writer follow each other, and the last says nothing."""
        lines = [firelens("Error: a ", partial_message="true"), firelens("long line"), firelens("    at f (/a.js:1:2)")]

        assert inner(lines) == [["Error: a long line", "    at f (/a.js:1:2)"]]

    def test_parts_of_two_lines_do_not_mix(self):
        """A part whose line is over begins nothing of another line."""
        lines = [partial("one ", 1, last=False), partial("two", 1, last=True, name="p2")]

        assert inner(lines) == [["one "], ["two"]]

    def test_a_wrapper_around_a_wrapper(self):
        """Fluent Bit's object around the prefix of the CRI."""
        lines = [
            json.dumps({"log": f"2026-11-20T06:28:40.7Z stderr F {line}\n", "stream": "stdout"}) for line in PYTHON
        ]

        (event,) = stitch([LogEvent(str(at), at, RawText(line)) for at, line in enumerate(lines)])

        assert json.loads(event.message)["log"] == "2026-11-20T06:28:40.7Z stderr F " + "\n".join(PYTHON)
