"""What Node programs log in front of an error: its name and message are found behind every label."""

import pytest

from logrouter.stages.reading.fields import read_fields
from logrouter.stages.traces import node

FRAMES = "\n    at charge (/app/src/pay.js:5:8)\n    at async order (/app/src/order.js:6:47)"
REJECTED = (
    "UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch "
    "block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "
)


def read(text):
    """Return what stands before the error, its type and its message."""
    trace = node.read(text)
    return trace.before, trace.error.type, trace.error.message


class TestTitles:
    @pytest.mark.parametrize(
        ("title", "expected"),
        [
            ("transfer failed: Error: boom", ("transfer failed:", "Error", "boom")),
            ("transfer failed: BankRefused: no funds", ("transfer failed:", "BankRefused", "no funds")),
            ("transfer failed BankRefused: no funds", ("transfer failed", "BankRefused", "no funds")),
            ("transfer of 3 PM failed", ("transfer of 3 PM failed", None, None)),
            (
                "no user: PrismaClientKnownRequestError: \nInvalid invocation in\n\n\nUnique constraint failed",
                ("no user:", "PrismaClientKnownRequestError", "Invalid invocation in\n\n\nUnique constraint failed"),
            ),
        ],
    )
    def test_type_and_message_behind_a_label(self, title, expected):
        """What was logged with an error stays before it, whatever the class is called and wherever its message begins."""
        assert read(title + FRAMES) == expected

    def test_a_tag_in_brackets_stays_with_the_message(self):
        """`[wire]` in front of a message is part of it."""
        assert read(f"[wire] transfer failed: TypeError: x is null{FRAMES}")[0] == "[wire] transfer failed:"

    def test_an_array_that_was_printed_is_a_detail(self):
        """An array or object around the error says nothing as a message."""
        trace = node.read(f"[\n  1,\n  TypeError: x is null{FRAMES}\n]")

        assert (trace.before, trace.after.startswith("[")) == ("", True)

    @pytest.mark.parametrize("reason", ["no such bank", 'the "old" bank', "#<Object>", "line one\nline two"])
    def test_a_rejected_value_is_the_message(self, reason):
        """Of a rejected value that is no error the value is shown; Node's words around it are the same every time."""
        inner = "\n    at throwUnhandledRejectionsMode (node:internal/process/promises:389:7)"

        assert read(f'{REJECTED}"{reason}".{inner}')[1:] == ("UnhandledPromiseRejection", reason)

    @pytest.mark.parametrize(("name", "component"), [("BankRefused", None), ("wires", "wires"), ("Bank", "Bank")])
    def test_the_name_of_an_error_is_no_logger(self, name, component):
        """Winston's `errors` format lays the properties of an error beside its message; `name` is its class then."""
        document = {"level": "error", "message": "no funds", "name": name, "stack": f"BankRefused: no funds{FRAMES}"}

        fields = read_fields(document, 0)

        assert (fields.get("component"), fields["error"].type) == (component, "BankRefused")
