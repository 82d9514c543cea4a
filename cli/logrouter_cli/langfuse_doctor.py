"""What `logrouter doctor` asks a Langfuse: version, clock, keys, and whether a test trace comes back as it was sent.

Paths and least version: langfuse.com API reference and the server's own source (checked 2026-11-20).
"""

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from logrouter.adapters.http import HttpTransport
from logrouter.destinations.contract import Target
from logrouter.destinations.langfuse import LANGFUSE, PATH, encode_calls
from logrouter.errors import SecretError
from logrouter.model import Fate, LlmCall, Origin, Record
from logrouter_cli.check import Check, Heard, ask

OLDEST: Final = (3, 30)
"""The first server that takes gzipped JSON."""
ENVIRONMENT: Final = "logrouter-doctor"
SKEW_S: Final = 60.0
LARGE_SKEW_S: Final = 300.0
BETWEEN_LOOKS_S: Final = 0.5

type Version = tuple[int, ...]


def langfuse_checks(secret: Mapping[str, object], timeout_s: float, wait_s: float | None) -> Iterator[Check]:
    """Check every project of a secret.

    Args:
        secret: as `LANGFUSE_SECRET_ARN` holds it.
        timeout_s: for each request.
        wait_s: how long a test trace may take to come back; None sends none.
    """
    try:
        targets = LANGFUSE.targets(secret)
    except SecretError as error:
        yield Check("bad", "langfuse", str(error))
        return
    for route, target in targets.items():
        what = "langfuse" if route == "default" else f"langfuse {route}"
        yield from _project(what, target, timeout_s, wait_s)


def _project(what: str, target: Target, timeout_s: float, wait_s: float | None) -> Iterator[Check]:
    base = target.url.removesuffix(PATH)
    health = ask(f"{base}/api/public/health", timeout_s)
    if health.failure:
        yield Check("bad", what, health.failure)
        return
    version = _version(health)
    yield _age(what, version)
    yield from _clock(what, health)
    keys = _keys(what, ask(f"{base}/api/public/projects", timeout_s, target.headers))
    yield keys
    if keys.result != "bad" and wait_s is not None:
        yield _there_and_back(what, base, target, timeout_s, wait_s)


def _version(health: Heard) -> Version:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", str(health.document.get("version", "")))
    return tuple(map(int, found.groups())) if found else ()


def _age(what: str, version: Version) -> Check:
    if not version:
        return Check("note", what, "does not tell its version (is the address that of a Langfuse?)")
    shown = ".".join(map(str, version))
    if version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        return Check("bad", what, f"is version {shown}; {wanted} is the first that takes our exports")
    return Check("good", what, f"is version {shown}")


def _clock(what: str, health: Heard) -> Iterator[Check]:
    """Compare clocks: reconciling by day, and what is told of calls that lie ahead, need both to be about right."""
    try:
        theirs = parsedate_to_datetime(health.headers.get("date", ""))
    except (TypeError, ValueError):
        return
    skew_s = abs((datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds())
    if skew_s <= SKEW_S:
        yield Check("good", what, "agrees with this machine on the time")
    else:
        result = "bad" if skew_s > LARGE_SKEW_S else "note"
        yield Check(result, what, f"and this machine are {skew_s:.0f} s apart on the time")


def _keys(what: str, projects: Heard) -> Check:
    if projects.status == 200:
        listed = projects.document.get("data")
        count = len(listed) if isinstance(listed, list) else 0
        return Check("good", what, f"takes the keys: {count} project{'s' * (count != 1)}")
    if projects.status in {401, 403}:
        return Check("bad", what, f"refuses the keys ({projects.status}): are they of this host and project?")
    return Check("bad", what, projects.failure or f"answers {projects.status} where it lists projects")


def _there_and_back(what: str, base: str, target: Target, timeout_s: float, wait_s: float) -> Check:
    """Send one test call on the way that the function takes, and read it back."""
    call = trial_call(time.time_ns() // 1_000_000, secrets.token_hex(16))
    (delivery,) = encode_calls([call], "default", environment=ENVIRONMENT)
    answer = HttpTransport(connections=1).send(LANGFUSE.request(delivery, target, time.time()), timeout_s)
    verdict = LANGFUSE.interpret(answer)
    if verdict.fate is not Fate.DELIVERED:
        return Check("bad", what, f"does not take a test trace: {verdict.code}")
    began_s = time.monotonic()
    while True:
        found = _read_back(base, target, call, timeout_s)
        waited_s = time.monotonic() - began_s
        if found is not None:
            wrong = _differences(found, call)
            if wrong:
                return Check("bad", what, f"shows a test trace with another {', '.join(wrong)} than was sent")
            return Check("good", what, f"shows a test trace after {waited_s:.1f} s ({ENVIRONMENT}, {call.trace_id})")
        if waited_s > wait_s:
            return Check("bad", what, f"took a test trace ({call.trace_id}), but does not show it after {wait_s:.0f} s")
        time.sleep(BETWEEN_LOOKS_S)


def trial_call(at_ms: int, trace_id: str) -> LlmCall:
    """Return a call of no model that costs nothing, in an environment of its own."""
    origin = Origin("", "", "logrouter/doctor", "doctor")
    return LlmCall(
        record=Record(origin, "doctor", at_ms, "", service="logrouter", environment=ENVIRONMENT),
        name="logrouter doctor",
        trace_id=trace_id,
        observation_id=trace_id[:16],
        start_ms=at_ms - 7,
        end_ms=at_ms,
        model="logrouter-doctor",
        usage={"input": 2, "output": 1, "total": 3},
        cost={"total": 0.0},
        cost_source="record",
        output="ping",
    )


def _read_back(base: str, target: Target, call: LlmCall, timeout_s: float) -> Mapping[str, Any] | None:
    """Return the observation as the API shows it, None as long as it does not.

    Servers before 4, and later ones that write in the legacy mode, answer 404 to the second version of the API.
    """
    query = f"traceId={call.trace_id}&fields=core,basic,time,usage,trace_context&limit=2"
    heard = ask(f"{base}/api/public/v2/observations?{query}", timeout_s, target.headers)
    if heard.status == 404:
        heard = ask(f"{base}/api/public/observations/{call.observation_id}", timeout_s, target.headers)
        return heard.document if heard.status == 200 else None
    rows = heard.document.get("data")
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None


def _differences(found: Mapping[str, Any], call: LlmCall) -> list[str]:
    """Return the names of what came back otherwise than it was sent; what a version does not show is not compared."""
    usage = found.get("usageDetails")
    shown = {
        "name": found.get("name"),
        "environment": found.get("environment"),
        "start": _milliseconds(found.get("startTime")),
        "usage": usage.get("total") if isinstance(usage, dict) else None,
    }
    sent = {"name": call.name, "environment": ENVIRONMENT, "start": call.start_ms, "usage": call.usage["total"]}
    return [name for name, value in shown.items() if value is not None and value != sent[name]]


def _milliseconds(moment: Any) -> int | None:
    try:
        return round(datetime.fromisoformat(str(moment)).timestamp() * 1000)
    except ValueError:
        return None
