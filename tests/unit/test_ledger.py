"""The delivery ledger on DynamoDB: a key is delivered once, by one, and an outage of the ledger stops nobody."""

from collections import Counter

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from logrouter.adapters.ledger import CONFLICT_WAIT_S, REMEMBERED_DAYS, DynamoLedger
from tests.delivery_fakes import FakeClock

SCOPE = "sentry/default"
MANY = [f"key-{number}" for number in range(230)]


@pytest.fixture
def dynamodb(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def counts():
    return Counter()


@pytest.fixture
def ledger(dynamodb, counts):
    return DynamoLedger(
        "ledger", client=dynamodb, clock=FakeClock(), count=lambda name, value: counts.update({name: value})
    )


@pytest.mark.parametrize("keys", [["a"], MANY], ids=["one", "many"])
def test_new_keys_are_ours(ledger, keys):
    """Keys never seen are free to deliver, in the order asked."""
    claim = ledger.claim(SCOPE, keys, "me", 60)

    assert (tuple(keys), (), {}) == (claim.free, claim.delivered, claim.busy)


@pytest.mark.parametrize("keys", [["a"], MANY], ids=["one", "many"])
def test_delivered_keys_are_known(ledger, keys):
    """Keys marked delivered are reported so to everyone, the one who delivered them included."""
    ledger.claim(SCOPE, keys, "me", 60)
    ledger.mark_delivered(SCOPE, keys)

    claim = ledger.claim(SCOPE, keys, "me", 60)

    assert ((), tuple(keys)) == (claim.free, claim.delivered)


def test_keys_another_one_holds_are_busy(ledger):
    """Until its lease is over a claim keeps others away, and says for how long."""
    ledger.claim(SCOPE, ["a", "b"], "other", 60)

    claim = ledger.claim(SCOPE, ["a", "b", "c"], "me", 60)

    assert claim.free == ("c",)
    assert claim.busy == {"a": 61.0, "b": 61.0}


def test_a_lease_that_is_over_may_be_taken(ledger):
    """Who died while delivering does not block a key for longer than the lease."""
    ledger.claim(SCOPE, ["a"], "other", 60)
    ledger._clock.at_s += 62

    assert ledger.claim(SCOPE, ["a"], "me", 60).free == ("a",)


def test_ones_own_claim_is_renewed(ledger):
    """The holder itself may claim again."""
    ledger.claim(SCOPE, ["a", "b"], "me", 60)

    assert ledger.claim(SCOPE, ["a", "b"], "me", 60).free == ("a", "b")


def test_released_keys_are_free_at_once(ledger):
    """What is handed over can be delivered by whoever receives it."""
    ledger.claim(SCOPE, MANY, "other", 60)
    ledger.release(SCOPE, MANY)

    assert tuple(MANY) == ledger.claim(SCOPE, MANY, "me", 60).free


def test_a_mixed_batch_is_sorted(ledger):
    """One request sorts free, delivered and busy keys."""
    ledger.claim(SCOPE, ["d"], "other", 60)
    ledger.mark_delivered(SCOPE, ["d"])
    ledger.claim(SCOPE, ["b"], "other", 10)

    claim = ledger.claim(SCOPE, ["f", "d", "b", "g"], "me", 60)

    assert (claim.free, claim.delivered, claim.busy) == (("f", "g"), ("d",), {"b": 11.0})


def test_routes_do_not_share_keys(ledger):
    """The same record may go to two routes."""
    ledger.claim("slack/oncall", ["a"], "me", 60)
    ledger.mark_delivered("slack/oncall", ["a"])

    assert ledger.claim("slack/audit", ["a"], "me", 60).free == ("a",)


def test_repeated_keys_in_one_request(ledger):
    """A batch that names a key twice is no error."""
    claim = ledger.claim(SCOPE, ["a", "b", "a"], "me", 60)
    ledger.mark_delivered(SCOPE, ["a", "b", "a"])

    assert claim.free == ("a", "b")


def test_delivered_keys_expire(ledger, dynamodb):
    """The memory is bounded by TTL, and what TTL has not deleted yet counts as gone."""
    ledger.claim(SCOPE, ["a"], "me", 60)
    ledger.mark_delivered(SCOPE, ["a"])

    item = dynamodb.get_item(TableName="ledger", Key={"pk": {"S": f"{SCOPE}/a"}})["Item"]
    assert int(ledger._clock.now_s()) + REMEMBERED_DAYS * 86_400 == int(item["expires_at"]["N"])

    ledger._clock.at_s += REMEMBERED_DAYS * 86_400 + 1
    assert ledger.claim(SCOPE, ["a"], "me", 60).free == ("a",)


@pytest.mark.parametrize("keys", [["a"], ["a", "b"]])
def test_a_missing_table_lets_everything_pass(dynamodb, ledger, counts, keys):
    """Without its table the ledger is a counted fault, not a gate."""
    dynamodb.delete_table(TableName="ledger")

    claim = ledger.claim(SCOPE, keys, "me", 60)
    ledger.mark_delivered(SCOPE, keys)
    ledger.release(SCOPE, keys)

    assert tuple(keys) == claim.free
    assert len(keys) * 3 == counts["LedgerFailures"]


class Outage:
    """A DynamoDB client of which every call fails; counts them."""

    def __init__(self, error: Exception, exceptions: object) -> None:
        self.calls = 0
        self.error = error
        self.exceptions = exceptions

    def __getattr__(self, name):
        def fail(**_):
            self.calls += 1
            raise self.error

        return fail


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "PutItem")


@pytest.mark.parametrize("error", [THROTTLED, ConnectTimeoutError(endpoint_url="x")], ids=["throttle", "timeout"])
def test_an_outage_is_asked_three_times_at_most(dynamodb, counts, error):
    """Repeated failures let the ledger rest: its timeouts must not eat the invocation."""
    outage = Outage(error, dynamodb.exceptions)
    ledger = DynamoLedger("t", client=outage, clock=FakeClock(), count=lambda name, value: counts.update({name: value}))

    free = [ledger.claim(SCOPE, [key], "me", 60).free for key in MANY]
    ledger.mark_delivered(SCOPE, MANY)

    assert [(key,) for key in MANY] == free
    assert outage.calls == 3

    ledger._clock.at_s += 31
    ledger.claim(SCOPE, ["a"], "me", 60)
    assert outage.calls == 4


def test_a_conflicting_transaction_is_busy(dynamodb, counts):
    """Two invocations at the same key in the same moment: one of them waits."""
    error = dynamodb.exceptions.TransactionConflictException(
        {"Error": {"Code": "TransactionConflictException"}}, "PutItem"
    )
    ledger = DynamoLedger("t", client=Outage(error, dynamodb.exceptions), clock=FakeClock(), count=counts.update)

    assert ledger.claim(SCOPE, ["a"], "me", 60).busy == {"a": CONFLICT_WAIT_S}
