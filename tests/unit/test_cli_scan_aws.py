"""`logrouter scan` over log groups and archived objects: moto's S3 and CloudWatch, a CloudWatch Logs that misbehaves."""

import gzip
import json
from datetime import UTC, datetime
from typing import ClassVar

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError, UnauthorizedSSOTokenError
from botocore.response import StreamingBody
from jsonschema import Draft202012Validator
from moto import mock_aws

from logrouter_cli.aws import Aws
from logrouter_cli.main import main
from logrouter_cli.reading import log_groups
from tests.archive_fakes import FakeLogs, SourceEvent, refusal
from tests.unit.test_cli_scan import SCHEMA

REGION = "ap-northeast-2"
GROUP = "/aws/ecs/orders/application"
PHONE = "010-" + "0412-8837"
MAIL = "kim.sujin" + "@example.com"
NOW_MS = int(datetime(2026, 11, 20, 2, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


class Meta:
    region_name = REGION


class Logs(FakeLogs):
    """The archive tests' fake, with what a client has besides."""

    meta = Meta()
    tags: ClassVar = {}

    def list_tags_for_resource(self, resourceArn):  # noqa: N803
        return {"tags": self.tags.get(resourceArn.partition("log-group:")[2], {})}


@pytest.fixture
def aws(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("logrouter_cli.scan.command.time.time", lambda: NOW_MS / 1000)
    with mock_aws():
        yield monkeypatch


@pytest.fixture
def logs(aws):
    fake, real = Logs(), Aws.client
    aws.setattr(Aws, "client", lambda self, name: fake if name == "logs" else real(self, name))
    aws.setattr("logrouter_cli.reading.inputs.time.sleep", lambda _s: None)
    aws.setattr(log_groups.Pace, "wait", lambda _self: None)
    return fake


@pytest.fixture
def s3(aws):
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


@pytest.fixture
def scanned(capsys):
    def run(*arguments):
        code = main(["scan", "--json", *arguments])
        shown = capsys.readouterr()
        document = json.loads(shown.out)
        Draft202012Validator(SCHEMA).validate(document)
        return code, document, shown.err

    return run


def events(count, message, *, stream="app/1"):
    return [SourceEvent(f"{at:056d}", NOW_MS - HOUR_MS + at, message, stream) for at in range(count)]


def test_a_log_group_gives_event_stream_time_and_link(logs, scanned):
    """A place in CloudWatch names stream, time and event, with the address that shows it in the console."""
    logs.add(GROUP, *events(1, json.dumps({"req": {"phone": PHONE}})))

    code, document, err = scanned("--group", GROUP)

    (target,) = document["targets"]
    (place,) = target["rules"][0]["places"]
    assert (code, target["kind"], target["records"], target["values"]) == (1, "log_group", 1, 1)
    assert place["link"].startswith(f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}#logsV2:")
    assert {name: place[name] for name in place.keys() - {"link"}} == {
        "log_group": GROUP,
        "log_stream": "app/1",
        "time": "2026-11-20T01:00:00.000Z",
        "event_id": "0" * 56,
        "path": "req.phone",
    }
    assert "1 FilterLogEvents" in err
    assert "costs nothing for each GB" in err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--group", "/aws/ecs/*"), {GROUP, "/aws/ecs/shop/application"}),
        (("--group", "/aws/ecs/*", "--skip-group", "*/shop/*"), {GROUP}),
        (("--group", GROUP, "--group", "/aws/*"), {GROUP, "/aws/ecs/shop/application", "/aws/lambda/pay"}),
        (("--group", "*", "--tag", "team=pay*"), {"/aws/lambda/pay"}),
        (("--tag", "team"), {"/aws/lambda/pay", GROUP}),
    ],
)
def test_log_groups_are_chosen_by_name_glob_and_tag(options, expected, logs, scanned):
    """Globs and tags choose; a log group that two globs match is scanned once."""
    for name in (GROUP, "/aws/ecs/shop/application", "/aws/lambda/pay"):
        logs.add(name, *events(1, "fine"))
    logs.tags = {"/aws/lambda/pay": {"team": "payments"}, GROUP: {"team": "orders"}}

    code, document, _ = scanned(*options)

    assert (code, sorted(target["target"] for target in document["targets"])) == (0, sorted(expected))


def test_only_the_asked_time_is_read(logs, scanned):
    """--since and --until bound the events; 24 hours by default."""
    logs.add(GROUP, SourceEvent("1", NOW_MS - 30 * HOUR_MS, PHONE), SourceEvent("2", NOW_MS - 2 * HOUR_MS, PHONE))

    counts = [
        scanned("--group", GROUP, *options)[1]["records"]
        for options in ((), ("--since", "2d"), ("--since", "1h"), ("--since", "2d", "--until", "1d"))
    ]

    assert counts == [1, 2, 0, 1]


def test_many_pages_with_faults_count_each_event_once(logs, scanned):
    """Throttles, empty pages and tokens that expire in the middle change no count."""
    logs.add(GROUP, *events(950, f"call {PHONE}"))
    logs.page_events = 100
    logs.faults = iter(["throttle", "ok", "empty", "ok", "ok", "expired", "ok", "throttle", "ok", "expired"])

    _, document, _ = scanned("--group", GROUP)

    assert (document["records"], document["values"], document["complete"]) == (950, 950, True)


def test_a_sample_is_spread_over_the_time(logs, scanned):
    """--sample reads so many events, from the whole stretch of time."""
    logs.add(GROUP, *[SourceEvent(str(at), NOW_MS - 24 * HOUR_MS + at * 60_000, f"{at}") for at in range(1440)])

    _, document, _ = scanned("--group", GROUP, "--sample", "60")

    assert document["records"] == 60
    assert document["requests"]["FilterLogEvents"] == 12


def test_names_of_streams_are_masked_in_places(logs, scanned):
    """A log stream that is named for a person is shown masked, without a link that would name it, and is a finding."""
    logs.add(GROUP, *events(3, f"call {PHONE}", stream=f"users/{MAIL}"))

    document = scanned("--group", GROUP)[1]

    places = {rule["rule"]: rule["places"] for rule in document["targets"][0]["rules"]}
    assert [place["log_stream"] for place in places["phone.mobile"]] == ["users/ki**@example.com"] * 3
    assert [place["path"] for place in places["email"]] == ["(log stream)"]
    assert [place for each in places.values() for place in each if "link" in place] == []
    assert MAIL not in json.dumps(document)


def test_rules_of_one_service_hold_for_its_log_groups(logs, scanned, tmp_path):
    """The service is the part of the log group that names it, as in the functions."""
    rule = {
        "id": "orders.code",
        "kind": "pattern",
        "pattern": "CODE-[0-9]{4}",
        "services": ["orders"],
        "examples": {"positive": [{"text": ["CODE-", "1234"]}], "negative": [["CODE-12"]]},
    }
    (tmp_path / "p.json").write_text(json.dumps({"masking": {"rules": [rule]}}))
    logs.add(GROUP, *events(1, "CODE-" + "8812"))
    logs.add("/aws/ecs/shop/application", *events(1, "CODE-" + "8812"))

    document = scanned("--group", "*", "--policy", str(tmp_path / "p.json"))[1]

    assert {target["target"]: target["values"] for target in document["targets"]} == {
        GROUP: 1,
        "/aws/ecs/shop/application": 0,
    }


def test_log_groups_that_cannot_be_read_are_said(logs, scanned):
    """Infrequent Access groups, names that match nothing and groups that are gone: exit code 2, the rest is scanned."""
    logs.add("/ia", logGroupClass="INFREQUENT_ACCESS")
    logs.add(GROUP, *events(1, "fine"))

    code, document, _ = scanned("--group", "/ia", "--group", "/none*", "--group", GROUP)

    assert code == 2
    assert [(target["target"], [each["why"] for each in target["troubles"]]) for target in document["targets"]] == [
        ("/ia", ["FilterLogEvents does not read log groups of class INFREQUENT_ACCESS"]),
        ("/none*", ["no log group matches"]),
        (GROUP, []),
    ]


def test_a_refused_log_group_does_not_stop_the_others(logs, scanned):
    """AccessDenied for one log group is its trouble alone."""
    logs.add("/a", *events(1, "fine"))
    logs.add("/b", *events(1, "fine"))
    real = logs.filter_log_events

    def filter_log_events(logGroupName, **arguments):  # noqa: N803
        if logGroupName == "/a":
            raise refusal("AccessDeniedException")
        return real(logGroupName, **arguments)

    logs.filter_log_events = filter_log_events

    code, document, _ = scanned("--group", "/a", "--group", "/b")

    assert (code, [target["records"] for target in document["targets"]]) == (2, [0, 1])
    assert "AccessDeniedException" in document["targets"][0]["troubles"][0]["why"]


def test_endless_throttles_are_one_clear_trouble(logs, scanned):
    """A reader that gets nothing but throttles gives up and says so."""
    logs.add(GROUP, *events(1, "fine"))
    logs.faults = iter(["throttle"] * 1000)

    code, document, _ = scanned("--group", GROUP)

    assert code == 2
    assert "was throttled" in document["targets"][0]["troubles"][0]["why"]


@pytest.mark.parametrize("error", [refusal("ExpiredTokenException"), UnauthorizedSSOTokenError()])
def test_credentials_that_expire_end_the_scan_with_what_was_found(error, logs, scanned):
    """The report says what was found before, and why it ended."""
    logs.add("/a", *events(1, PHONE))
    logs.add("/b", *events(1, "fine"))
    real = logs.filter_log_events

    def filter_log_events(logGroupName, **arguments):  # noqa: N803
        if logGroupName == "/b":
            raise error
        return real(logGroupName, **arguments)

    logs.filter_log_events = filter_log_events

    code, document, _ = scanned("--group", "/a", "--group", "/b")

    assert (code, document["values"]) == (1, 1)
    assert document["ended_early"].startswith("AWS: credentials refused (")
    assert [target["complete"] for target in document["targets"]] == [True, False]
    assert document["requests"]["FilterLogEvents"] == 2


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (refusal("ExpiredTokenException"), "AWS: credentials refused (ExpiredTokenException); sign in again"),
        (
            refusal("AccessDeniedException"),
            "log groups: FilterLogEvents is not allowed (AccessDeniedException); the guide lists what a role needs",
        ),
        (
            EndpointConnectionError(endpoint_url="https://x"),
            "log groups: AWS does not answer (EndpointConnectionError); look at region, network and AWS_ENDPOINT_URL",
        ),
    ],
)
def test_aws_that_cannot_be_used_is_one_line(error, why, logs, capsys):
    """No rights, expired credentials, no network: one line, exit code 2."""

    def refuse(**_):
        raise error

    logs.describe_log_groups = refuse

    assert main(["scan", "--group", GROUP]) == 2
    assert capsys.readouterr() == ("", f"logrouter scan: {why}\n")


def test_a_network_that_ends_keeps_what_was_read(logs, scanned):
    """What was read to its end is complete, the scan is not."""
    logs.add(GROUP, *events(1, "fine"))
    real = logs.describe_log_groups

    def describe_log_groups(**arguments):
        if arguments.get("logGroupNamePrefix") == "/b":
            raise EndpointConnectionError(endpoint_url="https://x")
        return real(**arguments)

    logs.describe_log_groups = describe_log_groups

    code, document, _ = scanned("--group", GROUP, "--group", "/b")

    assert (code, document["complete"], document["targets"][0]["complete"]) == (2, False, True)
    assert "AWS does not answer" in document["ended_early"]


@pytest.mark.parametrize(
    ("missing", "why"),
    [("credentials", "AWS: no credentials"), ("region", "AWS: no region"), ("profile", "AWS: Profile")],
)
def test_no_credentials_or_region_is_one_line(missing, why, monkeypatch, capsys, tmp_path):
    """What is missing is named, with what to do."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    if missing == "region":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    if missing == "profile":
        monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert main(["scan", "--group", GROUP]) == 2
    assert capsys.readouterr().err.startswith(f"logrouter scan: {why}")


def put(s3, key, text, **options):
    s3.put_object(Bucket="archive", Key=key, Body=gzip.compress(text.encode()), **options)


def line(message):
    record = {
        "timestamp_ms": NOW_MS,
        "id": "0" * 56,
        "ingestion_ms": None,
        "log_group": GROUP,
        "log_stream": "app/1",
        "message": message,
    }
    return json.dumps(record, separators=(",", ":")) + "\n"


def test_archived_objects_are_streamed(s3, scanned):
    """Each object below the prefix is read; a place names object, line and log event."""
    put(s3, "v1/dt=2026-11-19/hour=all/part-1.ndjson.gz", line("fine") + line(f"call {PHONE}"))
    put(s3, "v1/dt=2026-11-20/hour=all/part-2.ndjson.gz", line("fine"), StorageClass="GLACIER_IR")
    put(s3, "other/part-3.ndjson.gz", line(PHONE))

    code, document, err = scanned("--archive", "s3://archive/v1/")

    (target,) = document["targets"]
    (place,) = target["rules"][0]["places"]
    assert (code, target["parts"], target["records"], target["values"]) == (1, 2, 3, 1)
    assert place["object"] == "s3://archive/v1/dt=2026-11-19/hour=all/part-1.ndjson.gz"
    assert (place["line"], place["log_group"]) == (2, GROUP)
    assert "2 GetObject, 1 ListObjectsV2" in err


def test_objects_in_cold_storage_are_not_readable(s3, scanned):
    """GLACIER and DEEP_ARCHIVE without a restore are counted and named, and the exit code tells."""
    put(s3, "v1/a.gz", line("fine"))
    put(s3, "v1/b.gz", line(PHONE), StorageClass="GLACIER")
    put(s3, "v1/c.gz", line(PHONE), StorageClass="DEEP_ARCHIVE")

    code, document, _ = scanned("--archive", "s3://archive/v1/")

    (target,) = document["targets"]
    assert (code, target["unreadable"], target["records"]) == (2, 2, 1)
    assert target["troubles"][0] == {
        "where": "s3://archive/v1/b.gz",
        "why": "is in GLACIER and has to be restored first",
    }


def test_days_choose_objects(s3, scanned):
    """--since and --until go by the folders `dt=`; other days are left out and counted."""
    for day in (17, 18, 19, 20):
        put(s3, f"v1/dt=2026-11-{day}/part.gz", line("fine"))

    one = scanned("--archive", "s3://archive/v1", "--since", "2026-11-18", "--until", "2026-11-20T00:00:00Z")[1]
    all_of_them = scanned("--archive", "s3://archive/v1")[1]

    assert (one["records"], one["targets"][0]["skipped"]) == (2, {"other day": 2})
    assert all_of_them["records"] == 4


def test_an_object_that_is_cut_off_is_said(s3, scanned):
    """What can be unpacked is scanned, the rest is a trouble; a binary object is left out."""
    body = gzip.compress("".join(line(f"{at * at}") for at in range(20_000)).encode())
    s3.put_object(Bucket="archive", Key="cut.gz", Body=body[:-2000])
    s3.put_object(Bucket="archive", Key="x.parquet", Body=b"PAR1\0\0\1" * 50)

    code, document, _ = scanned("--archive", "s3://archive")

    (target,) = document["targets"]
    assert (code, target["skipped"]) == (2, {"is no text": 1})
    assert target["records"] > 1000
    assert target["troubles"] == [{"where": "s3://archive/cut.gz", "why": "the compressed data end too early"}]


def test_a_connection_that_ends_is_a_trouble_of_its_object(s3, scanned, monkeypatch):
    """The rest of the archive is scanned all the same."""
    put(s3, "v1/a.gz", line("fine") * 1000)
    put(s3, "v1/b.gz", line("fine"))
    real, broken = StreamingBody.read, []

    def read(self, amt=None):
        if not broken:
            broken.append(1)
            raise ReadTimeoutError(endpoint_url="https://s3")
        return real(self, amt)

    monkeypatch.setattr(StreamingBody, "read", read)

    code, document, _ = scanned("--archive", "s3://archive/v1/")

    (target,) = document["targets"]
    assert (code, target["records"]) == (2, 1)
    assert target["troubles"] == [{"where": "s3://archive/v1/a.gz", "why": "the connection ended (ReadTimeoutError)"}]


@pytest.mark.parametrize(
    ("place", "why"), [("s3://archive/none/", "no object begins with"), ("s3://absent-bucket/x", "NoSuchBucket")]
)
def test_an_archive_without_objects_is_not_clean(place, why, s3, capsys):
    """A prefix or bucket that is not there is a mistake, not a clean scan."""
    assert main(["scan", "--archive", place]) == 2
    assert why in "".join(capsys.readouterr())


def test_a_policy_is_read_from_its_bucket(s3, scanned, tmp_path):
    """--policy takes the document that the functions have in force."""
    s3.put_object(Bucket="archive", Key="policy.json", Body=json.dumps({"version": "team-7"}))
    path = tmp_path / "app.log"
    path.write_text("fine\n")

    document = scanned(str(path), "--policy", "s3://archive/policy.json")[1]

    assert document["policy_version"].startswith("team-7+")


def test_metrics_are_put_zeros_too(aws, tmp_path, capsys):
    """--metric: what was found and whether all was read, each run, so that missing data says that none ran."""
    clean, dirty = tmp_path / "clean.log", tmp_path / "dirty.log"
    clean.write_text("fine\n")
    dirty.write_text(f"{PHONE}\n")

    for _ in range(2):
        main(["scan", "--metric", str(clean)])
    main(["scan", "--metric", str(dirty), str(tmp_path / "missing")])

    client = boto3.client("cloudwatch", region_name=REGION)
    values = {
        name: client.get_metric_statistics(
            Namespace="logrouter",
            MetricName=name,
            Dimensions=[{"Name": "service", "Value": "scan"}],
            StartTime=datetime(2000, 1, 1, tzinfo=UTC),
            EndTime=datetime(2100, 1, 1, tzinfo=UTC),
            Period=86400 * 365,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        for name in ("SensitiveValuesFound", "ScanIncomplete")
    }
    assert {
        name: (sum(p["Sum"] for p in points), sum(p["SampleCount"] for p in points)) for name, points in values.items()
    } == {
        "SensitiveValuesFound": (1, 3),
        "ScanIncomplete": (1, 3),
    }
