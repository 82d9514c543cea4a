"""The receiver answers the read API as the langfuse SDK reads it, and shows what the real server shows before merges."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from langfuse.api.client import LangfuseAPI
from langfuse.api.commons.errors import UnauthorizedError
from langfuse.api.core.api_error import ApiError

from logrouter_local.langfuse_receiver import EXPORT_PATH, LangfuseReceiver
from logrouter_local.receiving import Fault

START_MS = 1_795_140_000_000
SINCE, UNTIL = datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
KEYS = "Basic " + b64encode(b"pk-local:sk-local").decode()
NO_RETRIES = {"max_retries": 0}


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


def client(server: LangfuseReceiver, secret: str = "sk-local") -> LangfuseAPI:
    return LangfuseAPI(base_url=server.url, username="pk-local", password=secret, timeout=5)


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def span(number: int, *, model: str = "gpt-4o", environment: str = "prod", at_ms: int | None = None) -> dict[str, Any]:
    start_ms = START_MS + number if at_ms is None else at_ms
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "chat",
        "startTimeUnixNano": str(start_ms * 1_000_000),
        "endTimeUnixNano": str((start_ms + 700) * 1_000_000),
        "attributes": [
            attribute("langfuse.observation.type", "generation"),
            attribute("langfuse.environment", environment),
            attribute("langfuse.observation.model.name", model),
            attribute("langfuse.observation.metadata.provider", "x" * 300),
            attribute("langfuse.observation.usage_details", '{"input": 10, "output": 5, "total": 15}'),
            attribute("langfuse.observation.cost_details", '{"input": 0.001, "output": 0.002, "total": 0.003}'),
        ],
    }


def fill(server: LangfuseReceiver, *spans: dict[str, Any]) -> None:
    for each in spans:
        server.add(each, "logrouter")


def conditions(**more: Any) -> list[dict[str, Any]]:
    bounds = ((">=", SINCE), ("<", UNTIL))
    return [
        {"type": "datetime", "column": "startTime", "operator": operator, "value": moment.isoformat()}
        for operator, moment in bounds
    ] + ([more] if more else [])


def question(**fields: Any) -> str:
    return json.dumps(
        {
            "view": "observations",
            "dimensions": [{"field": "environment"}, {"field": "providedModelName"}],
            "metrics": [
                {"measure": "count", "aggregation": "count"},
                {"measure": "totalTokens", "aggregation": "sum"},
                {"measure": "totalCost", "aggregation": "sum"},
            ],
            "fromTimestamp": SINCE.isoformat(),
            "toTimestamp": UNTIL.isoformat(),
            **fields,
        }
    )


def test_every_field_group_has_the_form_that_the_sdk_reads(langfuse):
    """A row with all its groups passes the SDK's own types, and its values are those of the span."""
    fill(langfuse, span(1))
    fields = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"

    (row,) = client(langfuse).observations.get_many(fields=fields, from_start_time=SINCE, to_start_time=UNTIL).data

    assert (row.id, row.trace_id, row.type) == (f"{1:016x}", f"{1:032x}", "GENERATION")
    assert row.start_time == datetime.fromtimestamp((START_MS + 1) / 1000, UTC)
    assert (row.usage_details, row.total_cost) == ({"input": 10, "output": 5, "total": 15}, 0.003)
    assert (row.environment, row.model, row.latency) == ("prod", "gpt-4o", 0.7)
    assert row.metadata == {"provider": "x" * 200, "scope.name": "logrouter"}


def test_pages_cover_all_rows_once(langfuse):
    """Following the cursor brings every row once, newest first, and ends without a cursor."""
    fill(langfuse, *(span(number) for number in range(7)))
    ids, cursor = [], None
    for _ in range(4):
        page = client(langfuse).observations.get_many(limit=3, cursor=cursor, filter=json.dumps(conditions()))
        ids += [row.id for row in page.data]
        cursor = page.meta.cursor
        if cursor is None:
            break

    assert ids == [f"{number:016x}" for number in range(6, -1, -1)]
    assert len(langfuse.asked) == 3


def test_copies_are_rows_and_one_behind_a_page_is_skipped(langfuse):
    """A doubled span is two rows; a cursor goes on strictly behind a row, and so skips its second copy."""
    fill(langfuse, *(span(number) for number in range(3)))
    langfuse.double([f"{1:016x}"])
    langfuse.lose([f"{0:016x}"])
    ask = client(langfuse).observations.get_many
    whole = ask(filter=json.dumps(conditions()))
    first = ask(limit=2, filter=json.dumps(conditions()))
    rest = ask(limit=2, filter=json.dumps(conditions()), cursor=first.meta.cursor)

    assert [row.id[-1] for row in whole.data] == ["2", "1", "1"]
    assert [row.id[-1] for row in (*first.data, *rest.data)] == ["2", "1"]


def test_filters_by_id(langfuse):
    """Some observations are asked for by their ids."""
    fill(langfuse, *(span(number) for number in range(5)))
    wanted = [f"{1:016x}", f"{4:016x}"]

    found = client(langfuse).observations.get_many(
        filter=json.dumps(conditions(type="stringOptions", column="id", operator="any of", value=wanted))
    )

    assert [row.id for row in found.data] == wanted[::-1]


def test_metrics_add_up_rows_by_hour_environment_and_model(langfuse):
    """Each copy counts; hours are UTC; a filter on the scope keeps other writers out."""
    fill(langfuse, span(1), span(2, model="claude"), span(3, at_ms=START_MS - 3_600_000))
    langfuse.add(span(9), "langfuse-sdk")
    langfuse.double([f"{1:016x}"])
    marker = {"type": "stringObject", "column": "metadata", "key": "scope.name", "operator": "=", "value": "logrouter"}

    found = client(langfuse).metrics.metrics(query=question(filters=[marker], timeDimension={"granularity": "hour"}))

    assert found.data == [
        {
            "time_dimension": hour,
            "environment": "prod",
            "providedModelName": model,
            "count_count": str(rows),
            "sum_totalTokens": str(15 * rows),
            "sum_totalCost": round(0.003 * rows, 12),
        }
        for hour, model, rows in (
            ("2026-11-20T01:00:00.000Z", "gpt-4o", 1),
            ("2026-11-20T02:00:00.000Z", "claude", 1),
            ("2026-11-20T02:00:00.000Z", "gpt-4o", 2),
        )
    ]


def test_a_metrics_answer_ends_at_its_row_limit(langfuse):
    """More groups than the limit are left out without a word, as the real server leaves them."""
    fill(langfuse, *(span(number, model=f"m{number}") for number in range(5)))

    assert len(client(langfuse).metrics.metrics(query=question(config={"row_limit": 3})).data) == 3


@pytest.mark.parametrize(
    "ask",
    [
        lambda api: api.observations.get_many(limit=1_001),
        lambda api: api.observations.get_many(cursor="nonsense"),
        lambda api: api.observations.get_many(filter="[{}]"),
        lambda api: api.observations.get_many(filter="{"),
        lambda api: api.metrics.metrics(query="{"),
        lambda api: api.metrics.metrics(query=question(dimensions=[{"field": "userId"}])),
        lambda api: api.metrics.metrics(query=question(config={"row_limit": 1_001})),
        lambda api: api.metrics.metrics(query=question(view="traces")),
    ],
)
def test_nonsense_is_refused_as_the_real_server_does(langfuse, ask):
    """A question that the server would not understand is answered with 400, which the SDK raises."""
    with pytest.raises(ApiError) as refusal:
        ask(client(langfuse))

    assert refusal.value.status_code == 400


def test_wrong_keys_and_old_servers(langfuse):
    """401 for wrong keys; 404 where the server writes in its legacy mode."""
    with pytest.raises(UnauthorizedError):
        client(langfuse, secret="other").observations.get_many(limit=1)
    langfuse.has_v2 = False
    with pytest.raises(ApiError) as absent:
        client(langfuse).observations.get_many(limit=1)

    assert absent.value.status_code == 404


def test_reading_is_limited(langfuse):
    """Beyond its questions a minute the server answers 429 and says when to come back."""
    langfuse.reads_a_minute = 1
    api = client(langfuse)
    api.observations.get_many(limit=1)
    with pytest.raises(ApiError) as refused:
        api.observations.get_many(limit=1, request_options=NO_RETRIES)

    assert refused.value.status_code == 429
    assert 1 <= int(refused.value.headers["retry-after"]) <= 60


def test_exports_have_a_limit_of_their_own(langfuse):
    """Beyond its exports a minute the server answers 429 with `Retry-After`, and reading goes on."""
    langfuse.exports_a_minute = 0
    request = urllib.request.Request(langfuse.url + EXPORT_PATH, data=b"{}", headers={"Authorization": KEYS})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)

    assert refused.value.code == 429
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    assert client(langfuse).observations.get_many(limit=1).data == []


def test_injected_faults_of_reading_spare_writing(langfuse):
    """A fault of reading hits the next question, and no export."""
    langfuse.inject(Fault(503, reading=True))
    api = client(langfuse)
    with pytest.raises(ApiError):
        api.observations.get_many(limit=1, request_options=NO_RETRIES)

    assert api.observations.get_many(limit=1).data == []
    assert langfuse.next_fault() is None


def test_rows_are_lost_and_doubled_by_order(langfuse):
    """Over HTTP so many rows that are there are lost or doubled; nonsense is refused."""
    fill(langfuse, *(span(number) for number in range(3)))

    def order(path, body):
        with urllib.request.urlopen(urllib.request.Request(langfuse.url + path, data=body), timeout=5) as answer:
            return json.load(answer)["observations"]

    lost, doubled = order("/_lose", b'{"observations": 1}'), order("/_double", b'{"observations": 1}')
    with pytest.raises(urllib.error.HTTPError) as refused:
        order("/_lose", b"{}")
    rows = [row.id for row in client(langfuse).observations.get_many(limit=10).data]

    assert (lost, doubled) == ([f"{0:016x}"], [f"{1:016x}"])
    assert rows == [f"{2:016x}", f"{1:016x}", f"{1:016x}"]
    assert refused.value.code == 400


def test_rows_appear_after_a_while():
    """With a delay a row is stored, and reading does not find it yet."""
    with LangfuseReceiver(visible_after_s=60) as server:
        server._keep(span(1), "logrouter")

        assert client(server).observations.get_many(limit=1).data == []
        assert len(server.received()["spans"]) == 1
