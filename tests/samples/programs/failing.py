"""Write one kind of traceback, as the interpreter prints it: python failing.py <kind>."""

import sys


class PaymentError(Exception):
    """An error of the team's own."""


def charge(amount):
    if amount < 0:
        raise ValueError(f"결제 금액이 잘못되었습니다: {amount}")
    return 1 / amount


def recurse(depth):
    return recurse(depth + 1)


def simple():
    charge(0)


def no_message():
    raise PaymentError


def multi_line_message():
    raise PaymentError("first line\nsecond line\n\n  indented third line")


def cause():
    try:
        charge(-5)
    except ValueError as error:
        raise PaymentError("charge refused") from error


def context():
    try:
        charge(-5)
    except ValueError:
        {}["order"]


def three():
    try:
        cause()
    except PaymentError:
        raise RuntimeError("checkout failed")


def repeated():
    recurse(0)


def syntax():
    compile("value = = 1\n", "/var/task/broken.py", "exec")


def library():
    import json

    json.loads("{broken")


def notes():
    error = PaymentError("declined")
    error.add_note("order 1234")
    error.add_note("second note\nof two lines")
    raise error


def multi_line_source():
    charge(
        min(
            -1,
            -2,
        )
    )


def group():
    errors = []
    for amount in (-1, 0):
        try:
            charge(amount)
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("two charges failed", errors)


def nested_group():
    try:
        group()
    except ExceptionGroup as inner:
        try:
            raise ExceptionGroup("outer", [PaymentError("alone"), inner])
        except ExceptionGroup as outer:
            raise RuntimeError("batch failed") from outer


if __name__ == "__main__":
    globals()[sys.argv[1]]()

# ruff: noqa: B904, BLE001, TRY301 - these programs fail in the ways that are to be shown
