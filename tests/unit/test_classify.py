"""What becomes an issue, how severe, how grouped, in which transaction."""

import pytest

from logrouter.model import DropReason, ErrorInfo, Frame, Issue, Level, Origin, Record
from logrouter.policy.load import default_policy, load_policy
from logrouter.policy.log_groups import matches as matches_glob
from logrouter.stages.classify import classify
from logrouter.stages.matching import matches

RULES = default_policy().section("errors")
GROUP = "/aws/ecs/shop/application"


def record(message="order 17 failed", level=Level.ERROR, log_group=GROUP, **fields):
    origin = Origin("123456789012", "ap-northeast-2", log_group, "stream")
    return Record(origin, "1", 1_795_140_000_000, message, level, **fields)


def issue_of(*, rules=None, kind=None, **fields):
    issue = classify(record(**fields), rules or RULES, kind)
    assert isinstance(issue, Issue)
    return issue


def own_error(kind="PayError", message="card 17 declined", *, in_app=True):
    return ErrorInfo(kind, message, (Frame("charge", "/app/pay.py", 9, in_app=in_app),))


@pytest.mark.parametrize(
    ("fields", "kind", "level"),
    [
        ({"level": Level.ERROR}, None, Level.ERROR),
        ({"level": Level.FATAL}, None, Level.FATAL),
        ({"level": None, "error": own_error()}, None, Level.ERROR),
        ({"level": None}, "errors", Level.ERROR),
        ({"level": Level.INFO, "status": 502}, None, Level.ERROR),
        ({"level": Level.FATAL, "status": 502}, None, Level.FATAL),
    ],
)
def test_severity(fields, kind, level):
    """Severity is the record's own, an exception's, a server error's, or that of a group that holds errors only."""
    assert issue_of(kind=kind, **fields).level is level


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"level": Level.WARN}, None),
        ({"level": Level.INFO}, "errors"),
        ({"level": None}, "application"),
        ({"level": Level.INFO, "status": 404}, None),
        ({"level": Level.WARN, "error": own_error()}, None),
    ],
)
def test_below_the_minimum(fields, kind):
    """What says a lower level is dropped, even with an exception or in a group of errors; text without level is too."""
    assert classify(record(**fields), RULES, kind) is DropReason.BELOW_LEVEL


@pytest.mark.parametrize(
    ("fields", "fingerprint"),
    [
        ({"error": own_error()}, ("{{ default }}", "shop")),
        ({"error": own_error(in_app=False)}, ("shop", "PayError", "card %s declined")),
        ({"error": ErrorInfo("PayError", cause=own_error())}, ("{{ default }}", "shop")),
        ({"error": ErrorInfo(None, "card 17 declined")}, ("shop", "card %s declined", "order %s failed")),
        ({}, ("shop", "order %s failed")),
        ({"service": None}, ("/aws/ecs/shop/application", "order %s failed")),
        ({"service": "shop-prod"}, ("shop", "order %s failed")),
        ({"service": "dev-shop"}, ("shop", "order %s failed")),
        ({"service": "test"}, ("test", "order %s failed")),
        ({"status": 503, "method": "GET", "path": "/orders/17?x=1"}, ("shop", "http", "GET /orders/{id}", "503")),
        ({"message": "Request failed", "attributes": {"error_code": "E1"}}, ("shop", "E1", "request failed")),
        ({"message": "order 7 lost", "attributes": {"@mt": "order {Id} lost"}}, ("shop", "order {id} lost")),
        ({"error": own_error("AxiosError", "status code 404")}, ("{{ default }}", "shop", "404")),
        ({"error": own_error("panic", "index 5 out of range")}, ("{{ default }}", "shop", "index %s out of range")),
    ],
)
def test_grouping(fields, fingerprint):
    """Frames of own code group as Sentry does; else the exception, the route of a server error, or the template.

    The service divides all of it, and the code of an error does where its type or frames do not tell.
    """
    assert issue_of(**{"service": "shop", **fields}).fingerprint == fingerprint


def recursion(depth, kind="RecursionError", message="maximum recursion depth exceeded", language="python"):
    """Walk and visit call each other until the stack is full; where in the round it ends hangs on the depth."""
    frames = [Frame("main", "/app/main.py", 1), *(Frame("vw"[n % 2] * 3, "/app/tree.py", 9) for n in range(depth))]
    return ErrorInfo(kind, message, tuple(frames), language=language)


@pytest.mark.parametrize(
    ("kind", "message", "language"),
    [
        ("RecursionError", "maximum recursion depth exceeded", "python"),
        ("RangeError", "Maximum call stack size exceeded", "node"),
        ("java.lang.StackOverflowError", None, "java"),
    ],
)
def test_endless_recursion_is_one_issue(kind, message, language):
    """However deep the stack was and wherever it broke off, a recursion without end is one issue."""
    issues = [issue_of(service="shop", error=recursion(depth, kind, message, language)) for depth in range(10, 60, 7)]
    fingerprints = {issue.fingerprint for issue in issues}

    assert fingerprints == {("shop", kind, "vvv", "www")}


def test_other_errors_in_a_recursion_group_by_frames():
    """A tree may be deep; what goes wrong in it groups by frames like anything else."""
    assert issue_of(service="s", error=recursion(30, "KeyError", "x")).fingerprint == ("{{ default }}", "s")


def test_the_first_line_that_says_something_groups():
    """What a message goes on to list makes no other issue."""
    assert issue_of(service="s", message="\n\nimport failed:\nrow a").fingerprint == ("s", "import failed:")
    assert issue_of(service="s", message="import failed:\nrow b").fingerprint == ("s", "import failed:")


def test_transaction_is_a_fact():
    """Rules of the policy can ask for the transaction, the account and the Region, and fingerprints can hold them."""
    fields = {"method": "GET", "path": "/orders/17"}
    rule = {
        "id": "x",
        "match": {"transaction": "GET /orders/*", "account": "123456789012", "region": "ap-*"},
        "fingerprint": ["{{ transaction }}"],
    }

    issue = issue_of(rules={**RULES, "fingerprints": [rule]}, **fields)

    assert (issue.transaction, issue.fingerprint) == ("GET /orders/{id}", ("GET /orders/{id}",))


def test_a_team_s_rules_go_first():
    """Ignore, severity and fingerprint rules of a team's policy decide before what is built in."""
    policy = load_policy(
        """{"errors": {"ignore": [{"id": "bots", "match": {"message": "*bot*", "service": "gateway"}}],
        "severity": [{"id": "retries", "match": {"attributes.attempt": "1"}, "level": "warn"}],
        "fingerprints": [{"id": "pay", "match": {"error.type": "Pay*"}, "fingerprint": ["pay", "{{ service }}", "{{ attributes.bank }}", "{{ attributes.none }}", "{{ default }}"]}]}}"""
    )
    rules = policy.section("errors")

    ignored = classify(record("a bot came", service="gateway"), rules, None)
    lowered = classify(record(attributes={"attempt": 1}), rules, None)
    grouped = classify(record(service="shop", error=own_error(), attributes={"bank": "kb"}), rules, None)

    assert (ignored, lowered) == (DropReason.IGNORED_BY_RULE, DropReason.BELOW_LEVEL)
    assert grouped.fingerprint == ("pay", "shop", "kb", "{{ default }}")


@pytest.mark.parametrize(
    ("parts", "error", "fingerprint"),
    [
        (["x", "{{ error.template }}"], ErrorInfo("E", "card 17 declined"), ("x", "card %s declined")),
        (["x", "{{ error.template }}"], ErrorInfo("E"), ("x", "order %s failed")),
        (["x", "{{error.template}}"], None, ("x", "order %s failed")),
        (["x", "{{ error.message }}"], ErrorInfo("E"), ("x",)),
        (["x", "bank {{ attributes.none }}"], None, ("x", "bank ")),
        (["x", "{{default}}", "{{ nonsense }}"], None, ("x", "{{ default }}")),
        (["{{ attributes.none }}", "{{ error.type }}"], None, ("shop", "order %s failed")),
    ],
)
def test_a_fact_that_is_not_there_leaves_no_braces(parts, error, fingerprint):
    """Sentry is never shown a placeholder of the policy; a rule of which nothing is left groups like no rule."""
    rules = {**RULES, "fingerprints": [{"id": "x", "match": {"message": "*"}, "fingerprint": parts}]}

    assert issue_of(rules=rules, service="shop", error=error).fingerprint == fingerprint


def test_an_import_error_without_a_message_groups_by_what_the_log_says():
    """Lambda's import error may come without a message; the packaged rule then takes the record's."""
    group = "/aws/lambda/wires-fn"
    issue = issue_of(log_group=group, message="boom at 17", error=ErrorInfo("Runtime.ImportModuleError"))

    assert issue.fingerprint == ("lambda-import-error", "wires-fn", "Runtime.ImportModuleError", "boom at %s")


def test_a_team_says_what_its_own_code_is():
    """Patterns of the policy turn frames into own or foreign code, which decides how the issue groups."""
    rules = {**RULES, "in_app": {"own": ["*/site-packages/shop/*"], "foreign": ["/app/generated/*"]}}
    frames = (
        Frame("a", "/opt/site-packages/shop/pay.py", 1, in_app=False),
        Frame("b", "/opt/site-packages/other/x.py", 1, in_app=False),
        Frame("c", "/app/generated/client.py", 1),
        Frame("d", "/app/pay.py", 1),
    )

    issue = issue_of(rules=rules, error=ErrorInfo("PayError", cause=ErrorInfo("Inner", frames=frames)))

    assert [frame.in_app for frame in issue.record.error.cause.frames] == [True, False, False, True]


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("a*", "abc", True),
        ("*c", "abc", True),
        ("a*c*e", "abcde", True),
        ("a*a", "a", False),
        ("*", "", True),
        ("", "x", False),
        ("*[ERROR]*", "x [ERROR] y", True),
    ],
)
def test_patterns(pattern, text, answer):
    """A star stands for any text, everything else for itself."""
    assert matches_glob(pattern, text) is answer


def test_an_empty_match_matches_nothing():
    """A rule without conditions cannot swallow everything."""
    assert not matches({}, {"message": "x"})


def test_a_fact_in_a_fingerprint_is_cut():
    """A message of megabytes as part of a fingerprint costs 500 characters."""
    rules = {"fingerprints": [{"id": "x", "match": {"message": "*"}, "fingerprint": ["{{ message }}!"]}]}

    assert issue_of(rules=rules, message="m" * 2_000).fingerprint == ("m" * 500 + "!",)
