"""Where a record was written: the same answer for every request, job run and release."""

import pytest

from logrouter.model import ErrorInfo, Frame, Issue, Level, Origin, Record
from logrouter.stages.grouping.transaction import (
    JOB_MESSAGES,
    component_of,
    function_of,
    job_of,
    transaction_of,
    transaction_within,
)


def record(message="failed", log_group="/aws/ecs/shop/application", **fields):
    return Record(Origin("123456789012", "ap-northeast-2", log_group, "s"), "1", 1_795_140_000_000, message, **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"method": "POST", "path": "/orders/17/pay?card=1"}, "POST /orders/{id}/pay"),
        ({"method": "get", "path": "/orders/17", "attributes": {"http.route": "/orders/:id"}}, "GET /orders/:id"),
        ({"path": "/orders/17", "attributes": {"routeKey": "POST /orders/{id}"}}, "POST /orders/{id}"),
        ({"attributes": {"routeKey": "$default"}}, "$default"),
        ({"method": "PUT", "path": "/x/1", "attributes": {"http": {"route": "/x/{y}"}}}, "PUT /x/{y}"),
        ({"path": "/x/1", "attributes": {"route": "orders"}}, "/x/{id}"),
        ({"attributes": {"controller": "OrdersController", "action": "pay"}}, "OrdersController#pay"),
        ({"attributes": {"ActionName": "Shop.OrdersController.Pay (Shop)"}}, "Shop.OrdersController.Pay (Shop)"),
        ({"attributes": {"rpc.method": "shop.Orders/Pay"}}, "shop.Orders/Pay"),
        ({"attributes": {"job_name": "import-20261120"}, "component": "c"}, "import-{id}"),
        ({"attributes": {"job": {"name": "charge", "id": 7}}}, "charge"),
        ({"attributes": {"queueName": "orders"}}, "orders"),
        ({"attributes": {"class": "ChargeWorker", "jid": "b4a577edbccf1d805744efa9"}}, "ChargeWorker"),
        ({"attributes": {"class": "com.shop.Pay"}, "component": "c"}, "c"),
        ({"message": "Task shop.tasks.charge[8f14e45f-ceea] raised unexpected: x"}, "shop.tasks.charge"),
        ({"log_group": "/aws/lambda/orders", "component": "shop.pay"}, "orders"),
        ({"log_group": "/aws/lambda/us-east-1.rewrite"}, "rewrite"),
        ({"log_group": "/aws/lambda/orders", "method": "GET", "path": "/x"}, "GET /x"),
        ({"log_group": "/shop/all", "attributes": {"function_name": "orders"}}, "orders"),
        ({"component": "shop.payment:26", "service": "shop"}, "shop.payment"),
        ({"service": "shop"}, "shop"),
        ({}, None),
    ],
)
def test_transaction(fields, expected):
    """The most telling of route, action, job, function, component and service is the transaction."""
    assert transaction_of(record(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "in_app", "expected"),
    [
        ({"component": "shop.pay", "service": "shop"}, True, None),
        ({"component": "shop.pay", "service": "shop"}, False, "shop.pay"),
        ({"component": "shop.pay", "path": "/x/1"}, True, "/x/{id}"),
        ({"component": "shop.pay", "attributes": {"queue": "orders"}}, True, "orders"),
        ({"service": "orders", "log_group": "/aws/lambda/orders"}, True, "orders"),
        ({}, True, None),
    ],
)
def test_own_frames_say_more_than_a_logger(fields, in_app, expected):
    """A crash in own code leaves out the logger's name, in whose place Sentry then shows the function that failed."""
    error = ErrorInfo("E", "e", (Frame("charge", "/app/pay.py", 9, in_app=in_app),), language="python")

    crash = record(error=error, **fields)

    assert transaction_within(Issue(crash, Level.ERROR, ("f",), "t", transaction=transaction_of(crash))) == expected


@pytest.mark.parametrize("message", JOB_MESSAGES, ids=lambda message: message.example[1])
def test_schedulers_name_their_jobs(message):
    """Each scheduler's way to name a job in a message is read."""
    text, name = message.example

    assert job_of(record(text)) == name


@pytest.mark.parametrize("text", ["Job done", "Task failed", "job 17 of 30 failed", "Error running: boom"])
def test_messages_without_a_job(text):
    """Words about jobs are no names of jobs."""
    assert job_of(record(text)) is None


def test_odd_attributes():
    """Attributes of other kinds name nothing."""
    odd = record(attributes={"job": 17, "queue": ["a"], "http": "x", "route": None, "command": " ", "controller": 1})

    assert (job_of(odd), transaction_of(odd), function_of(odd), component_of(odd)) == (None, None, None, None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"component": "shop.pay"}, "GET /carts/{id}"),
        ({"service": "shop"}, "GET /carts/{id}"),
        ({}, "GET /carts/{id}"),
        ({"path": "/own/7", "method": "PUT"}, "PUT /own/{id}"),
        ({"attributes": {"job_name": "nightly"}}, "nightly"),
        ({"log_group": "/aws/lambda/orders"}, "orders"),
    ],
)
def test_transaction_of_the_request(fields, expected):
    """An error that names only component or service belongs to the route that its request began with."""
    one = record(**fields)
    began = record(path="/carts/77", method="GET", log_group=one.origin.log_group)
    issue = Issue(one, Level.ERROR, ("f",), "t", breadcrumbs=(began,), transaction=transaction_of(one))

    assert transaction_within(issue) == expected


def test_transaction_of_a_crash_in_a_request():
    """A crash in own code belongs to the route that its request began with."""
    error = ErrorInfo("E", "e", (Frame("charge", "/app/pay.py", 9),), language="python")
    crash = record(error=error, component="shop.pay")
    began = record(path="/carts/77", method="GET")

    issue = Issue(crash, Level.ERROR, ("f",), "t", breadcrumbs=(began,), transaction="shop.pay")

    assert transaction_within(issue) == "GET /carts/{id}"
