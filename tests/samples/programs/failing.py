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


def suppressed_context():
    try:
        charge(-5)
    except ValueError:
        raise PaymentError("charge refused") from None


def multi_line_chain():
    try:
        multi_line_message()
    except PaymentError as error:
        raise RuntimeError("two lines\n  of its own") from error


def recursion_through_two():
    def even(depth):
        return odd(depth + 1)

    def odd(depth):
        return even(depth + 1)

    sys.setrecursionlimit(60)  # few frames are enough
    even(0)


def generated():
    exec("def quote(amount):\n    return charge(amount)\nquote(0)", globals())


def comprehension():
    return [charge(amount) for amount in (1, 0)], (lambda amount: charge(amount))(0)


def indentation():
    compile("def pay():\nreturn 1\n", "/var/task/broken.py", "exec")


def imported():
    import failing_module  # noqa: F401


def key_with_newline():
    {}["order\nline"]


def keyboard():
    raise KeyboardInterrupt


def thread():
    import threading

    worker = threading.Thread(target=charge, args=(0,), name="worker-1")
    worker.start()
    worker.join()


def never_retrieved():
    import asyncio
    import gc

    async def pay():
        charge(0)

    async def main():
        asyncio.ensure_future(pay())
        await asyncio.sleep(0.01)
        gc.collect()

    asyncio.run(main())


def callback():
    import asyncio

    async def main():
        asyncio.get_running_loop().call_soon(charge, 0)
        await asyncio.sleep(0.01)

    asyncio.run(main())


def task_group():
    import asyncio

    async def pay(amount):
        charge(amount)

    async def main():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pay(0))
            tasks.create_task(pay(-1))

    asyncio.run(main())


def pool():
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(1) as workers:
        workers.map(charge, [0])


def unraisable():
    class Connection:
        def __del__(self):
            charge(0)

    Connection()


def logged():
    import logging

    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    try:
        cause()
    except PaymentError:
        logging.exception("charge failed\nsecond line of the message")
    logging.error("with the stack", stack_info=True)


def printed():
    import traceback

    try:
        cause()
    except PaymentError:
        print("charge failed:", traceback.format_exc())
        print("going on")


def printed_stack():
    import traceback

    traceback.print_stack()


def fault():
    import faulthandler

    faulthandler.enable()
    faulthandler._sigsegv()


def group_with_notes():
    try:
        group()
    except ExceptionGroup as error:
        error.add_note("in batch 7")
        error.exceptions[0].add_note("order 17\ncustomer 4")
        raise


def group_with_cause():
    errors = []
    for step in (cause, context):
        try:
            step()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("two steps failed", errors)


def wide_group():
    raise ExceptionGroup("many", [PaymentError(str(number)) for number in range(20)])


if __name__ == "__main__":
    globals()[sys.argv[1]]()

# ruff: noqa: B904, BLE001, TRY301 - these programs fail in the ways that are to be shown
