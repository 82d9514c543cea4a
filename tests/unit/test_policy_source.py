"""The policy in force: looked at again after its time to live; a refused one never replaces the last good one."""

import json

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.adapters.policy_source import OLDER_VERSIONS, READ_LIMIT_BYTES, PolicySource
from logrouter.adapters.telemetry import Telemetry
from logrouter.errors import PolicyError
from logrouter.policy.load import default_policy
from logrouter.settings import Settings
from tests.delivery_fakes import FakeClock


def document(version: str) -> str:
    return json.dumps({"version": version, "routes": {"sentry": []}})


@pytest.fixture
def telemetry():
    return Telemetry("policy-test")


def counted(telemetry, name: str) -> int:
    return sum(value for (_, found, _), value in telemetry._values.items() if found == name)


def names(source: PolicySource) -> str:
    return source.current()[0].version.split("+")[0]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def file_source(tmp_path, telemetry, clock):
    path = tmp_path / "policy.json"
    settings = Settings(policy_file=str(path), policy_ttl_s=60)
    return path, PolicySource(settings, lambda policy: policy.version, telemetry=telemetry, clock=clock)


@pytest.fixture
def s3(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        aws.forget_clients()
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="policies")
        yield client
    aws.forget_clients()


@pytest.fixture
def bucket_source(s3, telemetry, clock):
    settings = Settings(policy_bucket="policies", policy_ttl_s=60)
    return PolicySource(settings, lambda policy: policy.version, telemetry=telemetry, clock=clock)


def test_without_a_document_the_packaged_policy_holds(telemetry, monkeypatch):
    """Neither bucket nor file: no AWS call, the default."""
    monkeypatch.setattr("logrouter.adapters.policy_source.client", None)

    source = PolicySource(Settings(), lambda policy: policy.version, telemetry=telemetry)

    assert (default_policy(), default_policy().version) == source.current()


def test_a_file_that_did_not_change_is_not_loaded_again(file_source, clock, telemetry):
    """To compile the same rules every minute would cost each of these invocations their time."""
    path, source = file_source
    path.write_text(document("one"))
    for _ in range(3):
        source.current()
        clock.at_s += 61

    assert counted(telemetry, "PolicyLoaded") == 1


def test_a_file_is_read_again_after_its_time_to_live(file_source, clock):
    """A change is seen within the time to live, not before."""
    path, source = file_source
    path.write_text(document("one"))
    first = names(source)
    path.write_text(document("second"))
    early = names(source)
    clock.at_s += 61

    assert (first, early, names(source)) == ("one", "one", "second")


def test_an_object_is_fetched_again_by_etag(s3, bucket_source, clock, telemetry):
    """An unchanged object is not loaded twice, a changed one is."""
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("one"))
    first = names(bucket_source)
    clock.at_s += 61
    same = names(bucket_source)
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("two"))
    clock.at_s += 61

    assert (first, same, names(bucket_source)) == ("one", "one", "two")
    assert counted(telemetry, "PolicyLoaded") == 2
    assert counted(telemetry, "PolicyRefused") == 0


def test_an_absent_object_means_the_packaged_policy(bucket_source):
    """A new account has no document yet."""
    assert default_policy() == bucket_source.current()[0]


@pytest.mark.parametrize("text", ["not json", "[]", '{"unknown": {}}', '{"routes": 7}'])
def test_a_refused_document_leaves_the_last_good_one(s3, bucket_source, clock, telemetry, text):
    """A bad push changes nothing, and is counted as long as it stands; a good one ends that."""
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    names(bucket_source)
    s3.put_object(Bucket="policies", Key="policy.json", Body=text)
    kept = []
    for _ in range(3):
        clock.at_s += 61
        kept.append(names(bucket_source))

    s3.put_object(Bucket="policies", Key="policy.json", Body=document("better"))
    clock.at_s += 61

    assert (kept, names(bucket_source)) == (["good"] * 3, "better")
    assert counted(telemetry, "PolicyRefused") == 3


def test_a_document_the_engine_refuses_is_refused(s3, clock, telemetry):
    """A rule that fails its own samples makes the whole document refused."""

    def make(policy):
        if policy.version.startswith("bad"):
            raise PolicyError("masking.rules.7", "fails its own sample")
        return policy.version

    source = PolicySource(Settings(policy_bucket="policies", policy_ttl_s=0), make, telemetry=telemetry, clock=clock)
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    names(source)
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("bad"))

    assert names(source) == "good"
    assert counted(telemetry, "PolicyRefused") == 1


def test_a_document_that_breaks_the_loader_is_refused(s3, clock, telemetry, capsys):
    """A fault of ours, met by one document, is a refusal that says type and place, and nothing of the document."""

    def make(policy):
        return {"good": 1}[policy.version.split("+")[0]]

    source = PolicySource(Settings(policy_bucket="policies", policy_ttl_s=0), make, telemetry=telemetry, clock=clock)
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    names(source)
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("secret"))

    assert names(source) == "good"
    out = capsys.readouterr().out
    assert "policy refused at document: KeyError at test_policy_source.py:" in out
    assert "secret" not in out


def test_no_more_of_a_document_is_read_than_can_be_valid(bucket_source, monkeypatch):
    """A document of gigabytes costs no memory."""
    sizes = []

    class Endless:
        def get_object(self, **_):
            return {"Body": self, "ETag": "1"}

        def read(self, size):
            sizes.append(size)
            return b"{}"

    monkeypatch.setattr("logrouter.adapters.policy_source.client", lambda name: Endless())
    bucket_source.current()

    assert sizes == [READ_LIMIT_BYTES]


def test_a_bad_document_at_the_first_start_means_the_packaged_policy(s3, bucket_source, telemetry):
    """A container that starts while a bad document stands works with the default, and says so."""
    s3.put_object(Bucket="policies", Key="policy.json", Body="not json")

    assert default_policy() == bucket_source.current()[0]
    assert counted(telemetry, "PolicyRefused") == 1


def test_a_deleted_document_leaves_the_last_good_one(s3, bucket_source, clock, telemetry):
    """Deleting the document by accident does not switch a team's rules off."""
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    names(bucket_source)
    s3.delete_object(Bucket="policies", Key="policy.json")
    clock.at_s += 61

    assert names(bucket_source) == "good"
    assert counted(telemetry, "PolicyRefused") == 1


def in_force(telemetry) -> dict[str, int]:
    """Rules by policy version, as `MaskingRules` says them."""
    return {
        dict(dimensions)["policy_version"]: value
        for (dimensions, name, _), value in telemetry._values.items()
        if name == "MaskingRules"
    }


def test_each_look_says_what_is_in_force(s3, bucket_source, clock, telemetry):
    """A dashboard can tell which version holds in a function, whether it was loaded just now or an hour ago."""
    rules = default_policy().stamp()["rules"]
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("one"))
    first = bucket_source.current()[0].version
    seen = in_force(telemetry)
    telemetry._values.clear()
    bucket_source.current()
    between = in_force(telemetry)
    clock.at_s += 61
    bucket_source.current()

    assert (seen, between, in_force(telemetry)) == ({first: rules}, {}, {first: rules})
    assert telemetry.policy_version == first


def test_the_packaged_policy_is_said_too(telemetry):
    """Without a document it is the packaged policy that is in force."""
    PolicySource(Settings(), lambda policy: policy.version, telemetry=telemetry).current()

    assert list(in_force(telemetry)) == [default_policy().version]


def test_a_refusal_is_logged_at_each_look_with_place_and_reason(s3, bucket_source, clock, telemetry, capsys):
    """Who looks an hour later still finds why the document is refused, and what holds instead."""
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    good = bucket_source.current()[0].version
    s3.put_object(Bucket="policies", Key="policy.json", Body='{"archive": {"gzip_level": 12}}')
    for _ in range(2):
        clock.at_s += 61
        bucket_source.current()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "refused" in line]

    assert [(line["why"], line["policy"]) for line in lines] == [
        ("policy refused at archive.gzip_level: must be at most 9", good)
    ] * 2
    assert {line["level"] for line in lines} == {"ERROR"}


def test_a_container_that_starts_after_a_deletion_keeps_the_last_good_one(s3, bucket_source, clock, telemetry):
    """Counted as long as it stands; a document put again ends it."""
    s3.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    s3.delete_object(Bucket="policies", Key="policy.json")
    kept = []
    for _ in range(2):
        kept.append(names(bucket_source))
        clock.at_s += 61
    s3.put_object(Bucket="policies", Key="policy.json", Body="{}")

    assert (kept, names(bucket_source)) == (["good", "good"], "unnamed")
    assert counted(telemetry, "PolicyRefused") == 2


def test_versions_too_many_to_judge_are_not_taken_for_none(s3, bucket_source, telemetry):
    """A good document behind more refused ones than are looked at may hold a team's masking: nothing goes out."""
    s3.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    for number in range(OLDER_VERSIONS + 1):
        s3.put_object(Bucket="policies", Key="policy.json", Body=f"not json {number}")
    refused = []
    for _ in range(2):
        with pytest.raises(PolicyError, match=r"^policy refused at POLICY_BUCKET: none of the 20 versions before is"):
            refused.append(bucket_source.current())
    s3.put_object(Bucket="policies", Key="policy.json", Body="{}")

    assert (refused, names(bucket_source)) == ([], "unnamed")


@pytest.mark.parametrize("refused", [1, OLDER_VERSIONS])
def test_the_last_good_one_is_found_behind_refused_ones(s3, bucket_source, refused):
    """A container that starts while a refused document stands goes on with the newest good version."""
    s3.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("older"))
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    for number in range(refused):
        s3.put_object(Bucket="policies", Key="policy.json", Body=f"not json {number}")

    assert names(bucket_source) == "good"


def test_objects_beside_the_document_are_none_of_its_versions(s3, bucket_source):
    """A copy with a longer name was never in force."""
    s3.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="policies", Key="policy.json.draft", Body=document("draft"))
    s3.put_object(Bucket="policies", Key="policy.json", Body="not json")

    assert default_policy() == bucket_source.current()[0]


def test_a_refusal_is_still_known_after_an_outage(s3, bucket_source, monkeypatch, capsys):
    """Where the older versions could not be read at first, the document is judged anew: it is refused, not deleted."""
    s3.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    s3.put_object(Bucket="policies", Key="policy.json", Body="not json")
    with monkeypatch.context() as outage:
        outage.setattr("logrouter.adapters.policy_source._versions", lambda bucket, key: Down().get_object())
        with pytest.raises(PolicyError, match="older versions of the document cannot be read: TimeoutError"):
            bucket_source.current()

    assert names(bucket_source) == "good"
    assert "is not JSON" in capsys.readouterr().out


class Down:
    """S3 that cannot be reached."""

    def get_object(self, **_):
        raise TimeoutError("https://policies.s3... payload")


def test_an_outage_leaves_the_last_good_one(file_source, s3, bucket_source, clock, monkeypatch):
    """S3 down in the middle changes nothing."""
    s3.put_object(Bucket="policies", Key="policy.json", Body=document("good"))
    names(bucket_source)
    monkeypatch.setattr("logrouter.adapters.policy_source.client", lambda name: Down())
    clock.at_s += 61

    assert names(bucket_source) == "good"


def test_an_outage_at_the_first_start_ends_the_invocation(bucket_source, monkeypatch):
    """Without a last good one a team's own masking rules are unknown: nothing goes out, Lambda repeats."""
    monkeypatch.setattr("logrouter.adapters.policy_source.client", lambda name: Down())

    with pytest.raises(PolicyError, match=r"^policy refused at POLICY_BUCKET: TimeoutError$"):
        bucket_source.current()


def test_a_missing_file_is_named(file_source):
    """A POLICY_FILE that is not there is a configuration fault."""
    with pytest.raises(PolicyError, match="POLICY_FILE: FileNotFoundError"):
        file_source[1].current()
