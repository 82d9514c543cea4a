"""The reader asks Langfuse through the SDK's client, waits as it is told, and finds every copy of a row."""

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace

import pytest

from logrouter.adapters import langfuse_reader
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.langfuse_reader import LangfuseReader, OutOfTimeError
from logrouter.destinations.contract import Target
from logrouter.destinations.langfuse import LANGFUSE
from logrouter.destinations.langfuse_book import DAY_MS, start_of
from logrouter.destinations.langfuse_figures import Row, Sum
from logrouter.errors import LangfuseReadError
from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.receiving import Fault
from tests.unit.test_langfuse_reading import fill, span

DAY = "2026-11-20"
START_MS = start_of(DAY)
END_MS = START_MS + DAY_MS


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


class Waiting:
    """Notes how long it was asked to wait, and waits not at all."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits(monkeypatch) -> Waiting:
    return Waiting()


def target(server: LangfuseReceiver, secret: str = "sk-local") -> Target:
    return LANGFUSE.targets({"host": server.url, "public_key": "pk-local", "secret_key": secret})["default"]


def reader_of(server: LangfuseReceiver, waits: Waiting, secret: str = "sk-local") -> LangfuseReader:
    return LangfuseReader(target(server, secret), reads_a_minute=60_000, clock=SystemClock(), sleep=waits)


def within(seconds: float) -> Deadline:
    return Deadline(lambda: int(seconds * 1000), 0)


def ids(rows) -> list[str]:
    return [row.observation_id for row in rows]


def test_rows_carry_tokens_and_cost(langfuse, waits):
    """A row is an id, its total of tokens, and the total cost to the last decimal that the server gives."""
    fill(langfuse, span(1))

    (row,) = reader_of(langfuse, waits).rows(START_MS, END_MS, within(60))

    assert row == Row(f"{1:016x}", 15, Decimal("0.003"))


def test_a_stretch_ends_before_its_end(langfuse, waits):
    """Rows at the first millisecond are in, those at the last bound are not."""
    fill(langfuse, span(1, at_ms=START_MS), span(2, at_ms=END_MS - 1), span(3, at_ms=END_MS))

    assert ids(reader_of(langfuse, waits).rows(START_MS, END_MS, within(60))) == [f"{2:016x}", f"{1:016x}"]


def test_every_copy_is_found_across_pages(langfuse, waits, monkeypatch):
    """The server skips the copy of a page's last row; it is asked for by id, and no row is told twice."""
    monkeypatch.setattr(langfuse_reader, "PAGE_ROWS", 3)
    fill(langfuse, *(span(number) for number in range(10)))
    langfuse.double([f"{number:016x}" for number in (7, 5, 4, 0)])
    langfuse.double([f"{4:016x}"])

    found = ids(reader_of(langfuse, waits).rows(START_MS, END_MS, within(60)))

    assert {each: found.count(each) for each in found} == {
        f"{number:016x}": {7: 2, 5: 2, 4: 3, 0: 2}.get(number, 1) for number in range(10)
    }


def test_sums_by_hour_environment_and_model(langfuse, waits):
    """Sums count the rows with our mark, each copy."""
    fill(langfuse, span(1), span(2, environment="staging"))
    langfuse.add(span(9), "langfuse-sdk")
    langfuse.double([f"{1:016x}"])

    sums = reader_of(langfuse, waits).sums(DAY, within(60))

    assert sums == [
        Sum(2, ("prod", "gpt-4o"), 2, 30, Decimal("0.006")),
        Sum(2, ("staging", "gpt-4o"), 1, 15, Decimal("0.003")),
    ]


def test_sums_that_may_be_cut_say_nothing(langfuse, waits, monkeypatch):
    """An answer with as many groups as may be asked for is taken for cut, and not trusted."""
    monkeypatch.setattr(langfuse_reader, "SUM_ROWS", 2)
    fill(langfuse, *(span(number, model=f"m{number}") for number in range(3)))

    assert reader_of(langfuse, waits).sums(DAY, within(60)) is None


@pytest.mark.parametrize("status", [400, 404])
def test_a_server_without_sums_says_nothing(langfuse, waits, status):
    """Where the question is not known or not understood, ids are compared instead."""
    langfuse.inject(Fault(status, reading=True))

    assert reader_of(langfuse, waits).sums(DAY, within(60)) is None
    assert waits.seconds == []


def test_a_limit_of_a_day_is_not_waited_for(langfuse, waits):
    """A metrics limit that opens in an hour ends the question: ids are compared instead."""
    langfuse.inject(Fault(429, {"Retry-After": "3600"}, reading=True))

    assert reader_of(langfuse, waits).sums(DAY, within(7_200)) is None
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ([Fault(429, {"Retry-After": "7"}, reading=True)], [7.0]),
        ([Fault(500, reading=True), Fault(503, reading=True)], [1.0, 2.0]),
        ([Fault(0, reading=True)], [1.0]),
    ],
)
def test_what_passes_is_asked_again(langfuse, waits, faults, expected):
    """429 waits as long as the server asks; 5xx and broken connections wait longer each time."""
    fill(langfuse, span(1))
    langfuse.inject(*faults)

    assert len(list(reader_of(langfuse, waits).rows(START_MS, END_MS, within(60)))) == 1
    assert waits.seconds == expected


def test_patience_ends(langfuse, waits):
    """A server that keeps failing ends the reading, by the status and no text of it; the last try is not waited on."""
    langfuse.inject(*[Fault(503, reading=True)] * 5)

    with pytest.raises(LangfuseReadError, match=r"^langfuse observations: http_503, 5 times$"):
        list(reader_of(langfuse, waits).rows(START_MS, END_MS, within(600)))

    assert waits.seconds == [1.0, 2.0, 4.0, 8.0]


def test_no_wait_goes_beyond_the_invocation(langfuse, waits):
    """A wait that outlasts the invocation ends it instead: the next run asks again."""
    langfuse.inject(Fault(429, {"Retry-After": "50"}, reading=True))

    with pytest.raises(OutOfTimeError):
        list(reader_of(langfuse, waits).rows(START_MS, END_MS, within(30)))
    with pytest.raises(OutOfTimeError):
        list(reader_of(langfuse, waits).rows(START_MS, END_MS, within(0)))

    assert waits.seconds == []


def test_wrong_keys_and_old_servers_are_named(langfuse, waits):
    """401 and 404 end the reading at once."""
    with pytest.raises(LangfuseReadError, match="http_401"):
        list(reader_of(langfuse, waits, secret="other").rows(START_MS, END_MS, within(60)))
    langfuse.has_v2 = False
    with pytest.raises(LangfuseReadError, match="http_404"):
        list(reader_of(langfuse, waits).rows(START_MS, END_MS, within(60)))


def test_an_answer_of_another_form_is_refused(langfuse, waits, monkeypatch):
    """What is no observation ends the reading without quoting it."""
    monkeypatch.setattr("logrouter_local.langfuse_receiver.READ_PATHS", {
        "/api/public/v2/observations": lambda _rows, _query: {"data": [{"id": 900101}], "meta": []},
    })  # fmt: skip

    with pytest.raises(LangfuseReadError, match=r"^langfuse observations: \w+$") as refusal:
        list(reader_of(langfuse, waits).rows(START_MS, END_MS, within(60)))

    assert "900101" not in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"time_dimension": "2026-11-20 05:00:00", "count_count": 2}, Sum(5, ("e", "m"), 2, 0, Decimal(0))),
        ({"time_dimension": "2026-11-20T05:00:00Z", "sum_totalTokens": "9"}, Sum(5, ("e", "m"), 1, 9, Decimal(0))),
        ({"time_dimension": "2026-11-20T07:00:00+02:00"}, Sum(5, ("e", "m"), 1, 0, Decimal(0))),
        ({"time_dimension": "soon"}, None),
        ({"time_dimension": "2026-11-21T00:00:00Z"}, None),
    ],
)
def test_sums_are_read_in_each_form_of_the_server(line, expected):
    """Times come with and without a zone, numbers as text too; what is of no known form makes the sums unusable."""
    known = {"environment": "e", "providedModelName": "m", "count_count": "1", "sum_totalTokens": None}

    assert langfuse_reader._sum({**known, "sum_totalCost": None, **line}, DAY) == expected


def test_the_cost_of_a_row_without_a_total_is_that_of_its_details():
    """An old row may hold its total among the details only."""
    shown = SimpleNamespace(id="a", usage_details=None, total_cost=None, cost_details={"total": 0.5})

    assert langfuse_reader._row(shown) == Row("a", 0, Decimal("0.5"))


def test_the_sdk_starts_no_thread_and_asks_nobody_else(langfuse):
    """In a process of its own: one client of the API, one question, no further thread, no other connection."""
    program = f"""
import socket, threading
asked = []
connect = socket.socket.connect
socket.socket.connect = lambda self, address: (asked.append(address[:2]), connect(self, address))[1]
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.langfuse_reader import LangfuseReader
from logrouter.destinations.langfuse import LANGFUSE
target = LANGFUSE.targets({{"host": {langfuse.url!r}, "public_key": "pk-local", "secret_key": "sk-local"}})["default"]
reader = LangfuseReader(target, reads_a_minute=600, clock=SystemClock(), sleep=lambda s: None)
assert list(reader.rows(0, 1, Deadline(lambda: 60_000, 0))) == []
print(threading.active_count(), set(asked) == {{("127.0.0.1", {langfuse.server_address[1]})}})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)

    assert (done.stdout.strip(), done.stderr) == ("1 True", "")
