"""A Lambda function whose event says what it does: {"kind": "uncaught"}."""

import json
import logging
import sys
import traceback
import warnings

logger = logging.getLogger("shop")


class PaymentError(Exception):
    pass


def charge(amount):
    if amount < 0:
        raise ValueError(f"잘못된 금액: {amount}")
    return 1 / amount


def order(amount):
    try:
        charge(amount)
    except ValueError as error:
        raise PaymentError("결제 실패\n주문 17") from error


def logged():
    logger.info("order placed")
    logger.warning("stock is low")
    try:
        order(-1)
    except PaymentError:
        logger.exception("charge failed")
    logger.critical("cannot go on")


def extra():
    logger.error("charge failed", extra={"order": {"id": 17}, "user_id": "u-1"})
    logger.error("charge %s failed\nsecond line", 17, stack_info=True)


def printed():
    print("order placed")
    print(json.dumps({"level": "ERROR", "message": "charge failed", "request_id": "req-1"}))
    print({"level": "ERROR", "message": "charge failed", "order": {"id": 17}})
    try:
        order(-1)
    except PaymentError:
        traceback.print_exc()
        print(traceback.format_exc())
    warnings.warn("use charge_all", stacklevel=1)


def uncaught():
    charge(0)


def caused():
    order(-1)


def no_message():
    raise PaymentError


def group():
    raise ExceptionGroup("two failed", [ValueError("first"), TypeError("second")])


def not_serialisable():
    return {"at": object()}


def leaves():
    sys.exit(3)


def handler(event, context):
    return globals()[event["kind"]]()
