"""The watch over all Sentry events of the suite sees what is wrong, and says nothing of what is right."""

import copy
import json
import subprocess
import sys

import pytest

from logrouter.destinations import sentry_envelope
from logrouter.destinations.sentry import encode_issue
from tests.conftest import ROOT
from tests.sentry_watch import EXPECTED, LOOKED_AT, Watch, watched
from tests.unit.issues import full, issue, record
from tests.unit.sentry_oracle import event_of, faults_of, is_masked, struck

MAIL = "kim" + "@" + "example.com"
SOUND = event_of(encode_issue(full(), "default", environment="dev"))


def with_fault(*path, value):
    """Return a sound event with another value at one place; None takes it out."""
    event = copy.deepcopy(SOUND)
    place = event
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return event


def test_a_sound_event_has_no_fault():
    """The event of a record with every field is as Sentry wants it, and its scrubbers leave it alone."""
    assert (faults_of(SOUND), is_masked(SOUND), struck(SOUND)) == ([], True, [])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("level",), "WARNING"),
        (("event_id",), "not hex"),
        (("timestamp",), "2026-11-20 02:00:00"),
        (("timestamp",), 1795140000123),
        (("environment",), "a/b"),
        (("release",), "feature/a"),
        (("platform",), "cobol"),
        (("fingerprint",), {"a": "b"}),
        (("tags", "a/b"), "x"),
        (("tags", "request_id"), "a\nb"),
        (("tags", "function"), "orders"),
        (("contexts", "trace", "trace_id"), "1-67891233-abcdef012345678912345678"),
        (("exception", "values", 0, "stacktrace", "frames", 0, "lineno"), "12"),
        (("exception", "values", 1, "stacktrace"), {"frames": []}),
        (("exception", "values", 0, "type"), ["E"]),
        (("logentry", "formatted"), "m" * 9_000),
        (("transaction",), "t" * 300),
        (("server_name",), "h" * 400),
        (("request", "url"), "/" + "p" * 300),
        (("request", "method"), "GET /x"),
        (("contexts", "attributes", "resource"), "text"),
        (("user", "ip_address"), "10.0.*.*"),
        (("colour",), "blue"),
    ],
)
def test_a_planted_fault_is_seen(path, value):
    """What Sentry would refuse, change or drop is a fault."""
    assert faults_of(with_fault(*path, value=value)) != []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("exception", "values", 2, "value"), f"no such user {MAIL}"),
        (("logentry", "formatted"), "card " + "4111" + " 1111 1111 1111"),
        (("contexts", "runtime"), {"note": MAIL}),
        (("contexts", "cloudwatch", "type"), "cloudwatch"),
        (("server_name",), "auth-1"),
    ],
)
def test_what_the_scrubbers_take_is_seen(path, value):
    """Personal data that masking should have hidden is a fault, and so is a load-bearing fact in a place they filter."""
    event = with_fault(*path, value=value)
    if path[-1] == "type":
        event["contexts"]["cloudwatch"]["log_group"] = "/aws/ecs/auth-service"

    assert struck(event) != []


def test_text_that_was_never_masked_is_known():
    """An event that a test made of raw text is not held against the scrubbers."""
    assert not is_masked(with_fault("exception", "values", 2, "value", value=f"no such user {MAIL}"))


def test_a_test_with_many_events_is_sampled():
    """Of thousands of events the first are all looked at, and then some."""
    watch = Watch()
    payload = json.dumps(with_fault("level", value="WARNING")).encode()

    for _ in range(LOOKED_AT + 40):
        watch.look(payload)

    each = len(faults_of(with_fault("level", value="WARNING")))
    assert (watch.seen, len(watch.faults)) == (LOOKED_AT + 40, each * (LOOKED_AT + 2))


def test_every_event_is_made_where_the_watch_looks(request):
    """What `encode_issue` makes passes the watch of the running test, byte for byte."""
    before = request.node.sentry_watch.seen

    delivery = encode_issue(issue(), "default", environment="dev")

    assert request.node.sentry_watch.seen == before + 1
    watch = Watch()
    assert watched(sentry_envelope.event_bytes, watch)(event_of(delivery)) in delivery.body


@pytest.mark.sentry_faults_expected
def test_a_test_may_expect_faults(request):
    """A test about faults is not failed for them; the watch has seen them."""
    sentry_envelope.event_bytes(with_fault("level", value="WARNING"))

    assert "level" in request.node.sentry_watch.report()
    assert request.node.get_closest_marker(EXPECTED)


def test_a_planted_fault_fails_the_test_that_made_it(tmp_path):
    """With a level that Sentry does not know in the table of levels, a passing test fails, and says why."""
    program = tmp_path / "test_planted.py"
    program.write_text(
        "from logrouter.destinations import sentry_event\n"
        "from logrouter.destinations.sentry import encode_issue\n"
        "from logrouter.model import Level\n"
        "from tests.unit.issues import issue\n"
        "def test_sound():\n"
        "    encode_issue(issue(), 'default', environment='dev')\n"
        "def test_planted(monkeypatch):\n"
        "    monkeypatch.setattr(sentry_event, 'LEVELS', {**sentry_event.LEVELS, Level.ERROR: 'WARNING'})\n"
        "    encode_issue(issue(), 'default', environment='dev')\n",
        "utf-8",
    )
    arguments = ["-n0", "-p", "tests.sentry_watch", "-p", "no:hypothesispytest", "-p", "no:cacheprovider", "-q"]

    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-c", "/dev/null", "--rootdir", str(tmp_path), str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, "level is not as sent" in run.stdout) == (1, True), run.stdout
    assert "1 failed, 1 passed" in run.stdout


def test_the_events_of_the_pipeline_are_scrubbed_too():
    """A record that went through masking is looked at by the scrubbers as well, not passed over as unmasked."""
    watch = Watch()

    watch.look(json.dumps(event_of(encode_issue(issue(record()), "default", environment="dev"))).encode())

    assert watch.scrubbed == 1
