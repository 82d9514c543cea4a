"""A CloudWatch Logs of our own that misbehaves as the real one does, and a world to run the archive functions in."""

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from logrouter.adapters import aws, clock, pace
from logrouter.destinations.archive.layout import manifest_prefix
from logrouter.destinations.archive.manifest import chain_faults, content_faults, read_manifest
from logrouter.destinations.archive.window import GroupId, Window

ACCOUNT, REGION = "123456789012", "ap-northeast-2"
BUCKET, TABLE = "archive-test", "windows-test"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
PAGE_BYTES = 1_000_000


def refusal(code: str, operation: str = "FilterLogEvents") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


@dataclass(frozen=True)
class SourceEvent:
    id: str
    timestamp_ms: int
    message: str
    stream: str = "stream-1"
    visible_after: int = 0  # calls of FilterLogEvents after which it has arrived

    def as_aws(self) -> dict:
        return {
            "eventId": self.id,
            "timestamp": self.timestamp_ms,
            "message": self.message,
            "logStreamName": self.stream,
            "ingestionTime": self.timestamp_ms + 1500,
        }


@dataclass
class FakeLogs:
    """CloudWatch Logs with the faults of the field: what `faults` yields happens to the next page.

    Faults: `throttle`, `expired` (token), `empty` (page with a token), `double` (an event again), `shuffle` (order), `ok`.
    """

    events: dict[str, list[SourceEvent]] = field(default_factory=dict)
    described: dict[str, dict] = field(default_factory=dict)
    page_events: int = 10_000
    faults: Iterator[str] = field(default_factory=lambda: iter(()))
    insights: Callable[[int], int | None] | None = lambda matched: matched
    calls: int = 0
    queries: int = 0
    last_query: tuple[int, int] = (0, 0)

    def add(self, group: str, *events: SourceEvent, **described: object) -> None:
        self.events.setdefault(group, []).extend(events)
        self.described.setdefault(group, {}).update(described)

    def describe_log_groups(self, limit: int = 50, logGroupNamePrefix: str = "", nextToken: str = "0") -> dict:  # noqa: N803
        names = sorted(name for name in self.events if name.startswith(logGroupNamePrefix))
        start = int(nextToken)
        page = {"logGroups": [self._describe(name) for name in names[start : start + limit]]}
        return page | ({"nextToken": str(start + limit)} if start + limit < len(names) else {})

    def _describe(self, name: str) -> dict:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"
        return {
            "logGroupName": name,
            "arn": arn,
            "creationTime": 0,
            "logGroupClass": "STANDARD",
            **self.described[name],
        }

    def filter_log_events(self, logGroupName, startTime, endTime, limit=10_000, nextToken=None) -> dict:  # noqa: N803
        self.calls += 1
        fault = next(self.faults, "ok")
        if logGroupName not in self.events:
            raise refusal("ResourceNotFoundException")
        if fault == "throttle":
            raise refusal("ThrottlingException")
        if fault == "expired" and nextToken is not None:
            raise refusal("InvalidParameterException")
        start = int(nextToken.split("-")[0]) if nextToken else 0
        if fault == "empty":
            return {"events": [], "nextToken": f"{start}-{self.calls}"}
        found = self._visible(logGroupName, startTime, endTime + 1)
        page = self._page(found, start, min(limit, self.page_events))
        answer = {"events": [event.as_aws() for event in page]}
        if fault == "double" and page:
            answer["events"].append(page[0].as_aws())
        if fault == "shuffle":
            random.Random(self.calls).shuffle(answer["events"])
        if start + len(page) < len(found):
            answer["nextToken"] = f"{start + len(page)}-{self.calls}"
        return answer

    def _visible(self, group: str, start_ms: int, end_ms: int) -> list[SourceEvent]:
        found = [
            event
            for event in self.events[group]
            if start_ms <= event.timestamp_ms < end_ms and event.visible_after < self.calls
        ]
        return sorted(found, key=lambda event: event.timestamp_ms)

    @staticmethod
    def _page(found: list[SourceEvent], start: int, limit: int) -> list[SourceEvent]:
        page, size = [], 0
        for event in found[start : start + limit]:
            size += len(event.message.encode())
            if page and size > PAGE_BYTES:
                break
            page.append(event)
        return page

    def start_query(self, logGroupName, startTime, endTime, queryString) -> dict:  # noqa: N803
        if self.insights is None:
            raise refusal("AccessDeniedException", "StartQuery")
        self.queries += 1
        first = int(queryString.split(">= ")[1].split(" ")[0])
        last = int(queryString.split("< ")[1].split(" ")[0])
        assert startTime * 1000 <= first
        assert last <= endTime * 1000
        return {"queryId": f"{logGroupName}|{first}|{last}|{self.queries}"}

    def get_query_results(self, queryId) -> dict:  # noqa: N803
        group, first, last, _ = queryId.split("|")
        self.last_query = (int(first), int(last))
        matched = self.insights(len(self._visible(group, int(first), int(last))))
        if matched is None:
            return {"status": "Failed", "results": [], "statistics": {}}
        row = [{"field": "events", "value": str(matched)}]
        return {"status": "Complete", "results": [row], "statistics": {"recordsMatched": float(matched)}}


class Killed(BaseException):
    """The process died here."""


class Fragile:
    """A client that dies before or after its n-th call of all, counted over every Fragile of one `Life`."""

    def __init__(self, client: object, life: "Life") -> None:
        self._client, self._life = client, life

    def __getattr__(self, name: str):
        method = getattr(self._client, name)

        def call(*args: object, **arguments: object) -> object:
            self._life.tick()
            answer = method(*args, **arguments)
            self._life.tick()
            return answer

        return call


@dataclass
class Life:
    """How many client calls (each counts twice: before and after) until the process dies; None lives on."""

    left: int | None = None

    def tick(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Killed


@dataclass
class World:
    """The three functions on one fake account, with a clock that only moves when told or when somebody sleeps."""

    logs: FakeLogs
    s3: object
    dynamodb: object
    life: Life
    now_s: float
    remaining_ms: Callable[[], int] = lambda: 900_000

    def plan(self, **event: object) -> dict:
        return self._call("archive_plan", event)

    def window(self, window: dict) -> dict:
        return self._call("archive_window", window)

    def verify(self, window: dict) -> dict:
        return self._call("archive_verify", window)

    def run(self, **event: object) -> list[str]:
        """What the state machine does, one window after the other; returns the state each ended in."""
        return [self._run_one(window) for window in self.plan(**event)["windows"]]

    def _run_one(self, window: dict) -> str:
        for _ in range(50):
            outcome = self.window(window)
            if outcome["state"] in {"compacted", "verified", "sealed"}:
                outcome = self.verify(window)
            if outcome["state"] != "reading" and (outcome["state"], outcome.get("attempts")) != ("failed", 1):
                return outcome["state"]
        return outcome["state"]

    def _call(self, name: str, event: dict) -> dict:
        context = SimpleNamespace(get_remaining_time_in_millis=self.remaining_ms)
        result = import_module(f"functions.{name}.app").handler(event, context)
        return json.loads(json.dumps(result))

    def manifests(self, log_group: str) -> list[bytes]:
        prefix = manifest_prefix(GroupId(ACCOUNT, REGION, log_group))
        keys = sorted(item["Key"] for item in self.objects() if item["Key"].startswith(prefix))
        return [self.body(key) for key in keys]

    def objects(self) -> list[dict]:
        return self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])

    def body(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def records(self, log_group: str) -> list[dict]:
        """Every record of every sealed part, after manifests, chain and parts were checked."""
        bodies = self.manifests(log_group)
        assert chain_faults(bodies) == []
        found = []
        for manifest in map(read_manifest, bodies):
            parts = {part["key"]: self.body(part["key"]) for part in manifest["parts"]}
            assert content_faults(manifest, parts) == []
            found += [json.loads(line) for body in parts.values() for line in gunzip_lines(body)]
        return found

    def windows(self, log_group: str) -> list[tuple[Window, str]]:
        from logrouter.adapters.window_ledger import WindowLedger

        ledger = WindowLedger(self.dynamodb, TABLE)
        return [(item.window, item.state.value) for item in ledger.windows(GroupId(ACCOUNT, REGION, log_group))]

    def watermark(self, log_group: str) -> int | None:
        from logrouter.adapters.window_ledger import WindowLedger

        entry = WindowLedger(self.dynamodb, TABLE).group(GroupId(ACCOUNT, REGION, log_group))
        return entry and entry.sealed_until_ms


def gunzip_lines(body: bytes) -> list[bytes]:
    import gzip

    return gzip.decompress(body).splitlines()


@contextmanager
def archive_world(monkeypatch, now_s: float, *, policy: dict | None = None, tmp_path=None, **environment: str):
    """Everything the archive functions touch, fake or moto's; leaves nothing behind."""
    variables = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "ARCHIVE_BUCKET": BUCKET,
        "WINDOW_TABLE": TABLE,
        **environment,
    }
    if policy is not None:
        path = tmp_path / "policy.json"
        path.write_text(json.dumps(policy))
        variables["POLICY_FILE"] = str(path)
    with mock_aws(), monkeypatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "POLICY_BUCKET", "POLICY_FILE"):
            patch.delenv(name, raising=False)
        for name, value in variables.items():
            patch.setitem(os.environ, name, value)
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(
            Bucket=BUCKET,
            CreateBucketConfiguration={"LocationConstraint": REGION},
            ObjectLockEnabledForBucket=True,
        )
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        )
        life = Life()
        world = World(FakeLogs(), s3, dynamodb, life, now_s)
        clients = {"logs": world.logs, "s3": s3, "dynamodb": dynamodb}
        patch.setattr(aws, "_clients", {name: Fragile(each, life) for name, each in clients.items()})
        patch.setattr(clock.SystemClock, "now_s", lambda _self: world.now_s)
        patch.setattr(pace.Pace, "wait", lambda _self: None)
        modules = [import_module(f"functions.archive_{name}.app") for name in ("plan", "window", "verify")]
        for module in modules[1:]:
            patch.setattr(module.time, "sleep", lambda seconds: setattr(world, "now_s", world.now_s + seconds))
        forget(modules)
        yield world
        forget(modules)


def forget(modules: list) -> None:
    for module in modules:
        module.settings.cache_clear()
        module.policies.cache_clear()
        module.telemetry.cache_clear()
        if hasattr(module, "pseudonym_keys"):
            module.pseudonym_keys.cache_clear()
