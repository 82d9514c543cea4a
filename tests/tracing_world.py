"""The whole of `trace_llm` in a simulated account: as `tests.forwarding_world`, with a Langfuse that keeps every copy.

Beside the courier's own observers stand a delivered book, and one who counts calls as metrics and budgets do.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from functions.trace_llm import app
from logrouter.adapters import aws
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.llm_book import BookReader, LlmBook, books_of
from logrouter.destinations.contract import Request
from logrouter.destinations.langfuse import export_bytes
from logrouter.destinations.langfuse_values import dumps
from logrouter.errors import SecretError
from logrouter.settings import TraceLlmSettings
from logrouter_local.otlp_rules import spans_of
from tests.forwarding_world import NO_FAULTS, Faults, World, Worlds, simulated

BOOK = "book"
POISON = "poisoned"
"""A prompt with this word is refused by the server, and the whole export with it."""
LARGEST_BYTES = 20_000
"""Of an export before it is packed; a larger one is answered with 413."""
VARIABLES = {
    "LANGFUSE_HOST": "https://langfuse.invalid",
    "LANGFUSE_PUBLIC_KEY": "pk-lf-1",
    "LANGFUSE_SECRET_KEY": "sk-lf" + "-1",
    "LLM_BOOK_TABLE": BOOK,
    "LOGROUTER_ENVIRONMENT": "world",
}


class TracingWorld(World):
    """One account.

    Args:
        rows: what Langfuse took: of each observation id every copy, as JSON.
        lost: observation ids by how often the answer to them was lost.
        died_with: observation ids by how many invocations died that had sent them.
        told: ledger keys by how often a counter of calls counted them.
        fates: ledger keys with what observers were told became of them.
        deaths: invocations that died.
    """

    app = app
    section = "llm"

    def __init__(self, policy: Mapping[str, Any] | None = None) -> None:
        super().__init__(policy)
        self.rows: dict[str, list[str]] = {}
        self.lost: Counter[str] = Counter()
        self.died_with: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.fates: Counter[tuple[str, str]] = Counter()
        self.deaths = 0
        self._answering: Any = 200
        self._sent_now: set[str] = set()

    def prepare(self) -> None:
        make_book()

    def judged(self, request: Request, answer: Any) -> Any:
        """What is too large or poisoned is refused always; a refusal by chance meets no call that stands alone."""
        body = gzip.decompress(request.body)
        spans = spans_of(json.loads(body)) or []
        assert body == export_bytes([dumps(span).encode() for span in spans])
        if answer in {400, 413} and len(spans) == 1:
            answer = 200
        if answer in {200, "lost"} and len(body) > LARGEST_BYTES:
            answer = 413
        if answer in {200, "lost"} and POISON in body.decode():
            answer = 400
        self._answering = answer
        return answer

    def _take(self, request: Request) -> None:
        for span in spans_of(json.loads(gzip.decompress(request.body))) or []:
            self.rows.setdefault(span["spanId"], []).append(json.dumps(span))
            self.lost[span["spanId"]] += self._answering == "lost"
            self._sent_now.add(span["spanId"])

    def invoke(self, event: Any, faults: Faults = NO_FAULTS) -> Any:
        self._sent_now = set()
        before = self.starts_anew
        result = super().invoke(event, faults)
        if self.starts_anew > before:
            self.deaths += 1
            self.died_with.update(self._sent_now)
        return result

    def observe(self, outcomes: Any, left_s: float) -> None:
        """Count calls as metrics and budgets do: when they are first told of."""
        for outcome in outcomes:
            self.fates.update((key, outcome.fate.name) for key in outcome.delivery.keys)
            self.told.update(key for key in outcome.delivery.keys if key not in outcome.again)

    def secret(self, *, refresh: bool = False) -> Mapping[str, object]:
        """As `adapters.secret_source.Secret`."""
        try:
            return self.call(
                "secrets", lambda: {"host": "https://langfuse.invalid", "public_key": "p", "secret_key": "s"}
            )
        except (ClientError, BotoCoreError):
            raise SecretError("secret unusable") from None

    def booked(self, days: set[str]) -> set[str]:
        """Observation ids in the delivered book of some days."""
        reader = BookReader(BOOK, client=aws.client("dynamodb"), clock=SystemClock())
        return {call.observation_id for day in days for entry in reader.entries(day) for call in entry.calls}


def make_book() -> None:
    dynamodb = aws.client("dynamodb")
    with suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName=BOOK)
    dynamodb.create_table(
        TableName=BOOK,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


@contextmanager
def tracing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worlds]:
    """Put worlds of `trace_llm` in the place of the real one."""
    make: Callable[..., Any] = app.Forwarder

    def forwarder(function: str, settings: TraceLlmSettings, *more: Any, observers: Any = (), **rest: Any) -> Any:
        if not any(isinstance(observer, LlmBook) for observer in observers):
            observers = (*observers, *books_of(settings, rest["telemetry"]))
        return make(function, settings, *more, observers=(*observers, Told()), **rest)

    class Told:
        def observe(self, outcomes: Any, left_s: float) -> None:
            made[0].world.observe(outcomes, left_s)

    class SecretOf:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def __call__(self, *, refresh: bool = False) -> Mapping[str, object]:
            return made[0].world.secret(refresh=refresh)

    made: list[Worlds] = []
    monkeypatch.setattr(app, "Forwarder", forwarder)
    monkeypatch.setattr(app, "Secret", SecretOf)
    with simulated(monkeypatch, TracingWorld, VARIABLES) as worlds:
        made.append(worlds)
        yield worlds
