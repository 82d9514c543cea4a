"""What every destination of the registry keeps, whoever adds the next one."""

import pytest

from logrouter.destinations.contract import Answer, Destination
from logrouter.destinations.registry import MODULES, destination_of
from logrouter.errors import SecretError
from logrouter.model import Fate

HIDDEN = "s3cr3t" + "-value-that-must-not-show"
GOOD = {
    "sentry": {"dsn": "https://key@sentry.example/1"},
    "langfuse": {"host": "https://langfuse.example", "public_key": "pk", "secret_key": "sk"},
    "slack": {"webhook_url": "https://hooks.example/services/x"},
}


@pytest.fixture(params=sorted(MODULES))
def destination(request: pytest.FixtureRequest) -> Destination:
    """Each destination in turn."""
    return destination_of(request.param)


def test_it_is_found_by_its_own_name(destination: Destination) -> None:
    """The name in deliveries and the name in the registry are the same."""
    assert destination_of(destination.name) is destination


def test_its_default_route_is_the_secrets_top_level(destination: Destination) -> None:
    """`default` is always there, over https."""
    targets = destination.targets(GOOD[destination.name])

    assert targets["default"].url.startswith("https://")


@pytest.mark.parametrize("value", [None, 7, "", [], {}, HIDDEN, f"ftp://{HIDDEN}", f"https://{HIDDEN} x"])
def test_a_bad_secret_is_refused_without_its_value(destination: Destination, value: object) -> None:
    """Contract 11: the error names the place, never what stood there."""
    secret = dict.fromkeys(GOOD[destination.name], value)

    with pytest.raises(SecretError) as refusal:
        destination.targets(secret)

    assert HIDDEN not in f"{refusal.value} {refusal.value.__cause__} {refusal.value.__context__}"


def test_what_is_printed_of_a_target_hides_its_address(destination: Destination) -> None:
    """Addresses and headers carry credentials."""
    target = destination.targets(GOOD[destination.name])["default"]

    assert "example" not in repr(target)


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Answer(200), Fate.DELIVERED),
        (Answer(429, {"retry-after": "7"}), Fate.RETRY),
        (Answer(500), Fate.RETRY),
        (Answer(503), Fate.RETRY),
        (Answer(401), Fate.UNAUTHORIZED),
        (Answer(403), Fate.UNAUTHORIZED),
        (Answer(400), Fate.REFUSED),
        (Answer(302), Fate.REFUSED),
        (Answer(None, failure="timeout"), Fate.RETRY),
    ],
)
def test_answers_mean_the_same_everywhere(destination: Destination, answer: Answer, fate: Fate) -> None:
    """Contract 3: a 2xx alone is success; what can pass is tried again; credentials are said to be wrong."""
    assert destination.interpret(answer).fate is fate


def test_a_wait_that_is_asked_for_is_kept(destination: Destination) -> None:
    """`Retry-After` reaches the verdict."""
    assert destination.interpret(Answer(429, {"retry-after": "7"})).retry_after_s == 7
