"""Lambda around one function: several execution environments, repeats of what died, and a queue that it drains.

What AWS does and the embedded AWS does not: payloads of dead invocations are tried three times in all and then kept for
`replay_failed`; messages of the retry queue come back when their batch died; environments die in the middle.
"""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from logrouter.model import REPLAYS_FIELD
from logrouter_local.books import Books
from logrouter_local.built import BuiltFunction
from logrouter_local.rie import Emulator, Invocation

TRIES: Final = 3
"""An asynchronous invocation is tried three times (Lambda guide, checked 2026-11-20)."""
REST_S: Final = 1.0
"""Between two tries; Lambda waits one minute, then two."""
WAITING: Final = tuple(f"ApproximateNumberOfMessages{which}" for which in ("", "Delayed", "NotVisible"))


@dataclass(frozen=True)
class Payload:
    """One asynchronous event on its way.

    Args:
        due_s: monotonic time before which it is not tried.
    """

    event: Mapping[str, Any]
    number: int
    tries: int = 0
    replays: int = 0
    due_s: float = 0.0


@dataclass(frozen=True)
class Environment:
    """One kind of execution environment.

    Args:
        variables: laid over the service's.
    """

    timeout_s: int
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass
class LambdaService:
    """A context manager; ends with its environments.

    Args:
        queue_url: the retry queue; `sqs` is a client that reaches it.
        environments: one thread and one emulator each.
        death: asked before each invocation, with its name: seconds after which it is killed, None to let it live.
    """

    function: BuiltFunction
    variables: Mapping[str, str]
    sqs: Any
    queue_url: str
    environments: tuple[Environment, ...]
    death: Callable[[str], float | None] = lambda name: None
    books: dict[str, Books] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    drained: int = 0
    exhausted: list[Payload] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _payloads: deque[Payload] = field(default_factory=deque)
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Start every environment."""
        self._threads = [threading.Thread(target=self._live, args=(each,), daemon=True) for each in self.environments]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop them; an invocation that runs is waited for."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def send(self, event: Mapping[str, Any], number: int) -> None:
        """Accept one asynchronous event."""
        with self._lock:
            self._payloads.append(Payload(event, number))

    @property
    def waiting(self) -> int:
        """Payloads not done, invocations that run, and messages in the queue; 0 means that nothing can come any more."""
        with self._lock:
            here = len(self._payloads) + self._busy
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=list(WAITING))["Attributes"]
        return here + sum(int(told[each]) for each in WAITING)

    def _live(self, environment: Environment) -> None:
        variables = {**self.variables, **environment.variables}
        try:
            with Emulator(self.function, variables, timeout_s=environment.timeout_s) as emulator:
                while not self._over.is_set():
                    if not (self._run_payload(emulator) or self._drain(emulator)):
                        time.sleep(0.1)
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            self.faults.append(f"{type(error).__name__}: {error}")

    def _run_payload(self, emulator: Emulator) -> bool:
        with self._lock:
            due = next((each for each in self._payloads if each.due_s <= time.monotonic()), None)
            if due is None:
                return False
            self._payloads.remove(due)
            self._busy += 1
        try:
            self._settle(due, self._invoke(emulator, due.event, f"payload {due.number}.{due.replays}.{due.tries}"))
        finally:
            with self._lock:
                self._busy -= 1
        return True

    def _settle(self, payload: Payload, done: Invocation) -> None:
        """Repeat a payload whose invocation failed; after the last try do what `replay_failed` does."""
        if done.error is None:
            return
        tries, replays = payload.tries + 1, payload.replays
        event = payload.event
        if tries == TRIES:
            tries, replays = 0, replays + 1
            event = {**event, REPLAYS_FIELD: replays}
        again = Payload(event, payload.number, tries, replays, time.monotonic() + REST_S)
        with self._lock:
            (self.exhausted if replays > TRIES else self._payloads).append(again)

    def _drain(self, emulator: Emulator) -> bool:
        """Drain one batch; rest where most of it failed, as Lambda's pollers slow down when a function fails."""
        found = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, AttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages", [])
        if not found:
            return False
        with self._lock:
            self._busy += 1
            self.drained += 1
            name = f"drain {self.drained}"
        try:
            done = self._invoke(emulator, {"Records": [_record(message) for message in found]}, name)
            kept = {each["itemIdentifier"] for each in (done.result or {}).get("batchItemFailures", ())}
            gone = [message for message in found if done.error is None and message["MessageId"] not in kept]
            if gone:
                self.sqs.delete_message_batch(
                    QueueUrl=self.queue_url,
                    Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in gone],
                )
        finally:
            with self._lock:
                self._busy -= 1
        if len(kept) > len(found) / 2:
            self._over.wait(REST_S)
        return True

    def _invoke(self, emulator: Emulator, event: object, name: str) -> Invocation:
        lives_s = self.death(name)
        killer = None if lives_s is None else threading.Timer(lives_s, emulator.kill_runtime)
        if killer:
            killer.start()
        done = emulator.invoke(event)
        if killer:
            killer.cancel()
        self._book(name, done)
        return done

    def _book(self, name: str, done: Invocation) -> None:
        outcome = done.error["errorType"] if done.error else "ended well"
        settled = [line for line in done.logs.splitlines() if line.startswith('{"level"') and '"tally"' in line]
        with self._lock:
            self.outcomes[f"{name.split(maxsplit=1)[0]}: {outcome}"] += 1
            for line in map(json.loads, settled):
                self.books.setdefault(line["tally"]["source"], Books()).add(line["tally"], line["undelivered"])
                self.codes.update(line["codes"])
            if done.error is None and len(settled) != 1:
                self.faults.append(f"{name} wrote {len(settled)} tallies")


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventSource": "aws:sqs",
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
    }
