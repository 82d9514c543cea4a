"""reconcile_llm: hold what was delivered to Langfuse against what it shows, tell the difference, send the lost again.

Event: a schedule (the last days), or `{"days": ["2026-11-20"], "resend": true}`. Returns what was found of each day, by
Langfuse project; a day that was cut off goes on with the next run.
"""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from logrouter.adapters.aws import client
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.langfuse_reader import LangfuseReader, OutOfTimeError
from logrouter.adapters.llm_book import BookReader
from logrouter.adapters.offloaded_bodies import CLIENT, bodies_from
from logrouter.adapters.resending import Resender
from logrouter.adapters.secret_source import Secret
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.contract import Target
from logrouter.destinations.langfuse import LANGFUSE
from logrouter.destinations.langfuse_book import DAY_MS, Booked, start_of
from logrouter.destinations.langfuse_figures import Checked, Verdict, micro_dollars
from logrouter.errors import LangfuseReadError
from logrouter.jobs import reconcile_llm as job
from logrouter.jobs.trace_llm import plan
from logrouter.model import Json
from logrouter.settings import ReconcileLlmSettings
from logrouter.stages.counting.figures import clean

CLOCK = SystemClock()
MODELS_TOLD = 20
"""Metrics by model are counted for so many of those that miss most: names of models come from logs."""


@dataclass(frozen=True)
class Project:
    """A project of Langfuse: several routes may lead to it. Its name is that of the first of them."""

    name: str
    url: str = field(repr=False)
    authorization: str = field(repr=False)

    @property
    def reader(self) -> LangfuseReader:
        """What reads it."""
        return reader(self.url, self.authorization)


@cache
def settings() -> ReconcileLlmSettings:
    """Read the settings on the first event; a fault names every variable at once."""
    return ReconcileLlmSettings.load(os.environ)


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("reconcile_llm")


@cache
def secret() -> Secret:
    """Make the source of the keys."""
    known = settings()
    return Secret(known.langfuse_secret_arn, bare="secret_key", override=known.langfuse_override)


@cache
def book() -> BookReader:
    """Open the delivered book."""
    return BookReader(settings().llm_book_table, client=client("dynamodb"), clock=CLOCK)


@cache
def reader(url: str, authorization: str) -> LangfuseReader:
    """Make the reader of one project, kept for its connections and its pace."""
    target = Target(url, {"Authorization": authorization})
    return LangfuseReader(target, reads_a_minute=settings().reads_a_minute, clock=CLOCK, sleep=time.sleep)


@cache
def resender() -> Resender:
    """Make what sends again; its plan is that of `trace_llm`, with the bodies that calls have in S3."""
    bodies = bodies_from(settings(), CLOCK, telemetry().count, partial(client, CLIENT))
    again = partial(plan, bodies=bodies)
    return Resender("reconcile_llm", settings(), again, secret(), telemetry=telemetry(), clock=CLOCK)


def handler(event: Mapping[str, Json] | None, context: Any) -> dict[str, Json]:
    """Reconcile the days that `event` is about.

    Raises:
        SettingsError: the environment is incomplete; names every fault.
        LangfuseReadError: a project could not be read; the days of the others were.
        BookError: the delivered book cannot be read.
    """
    with shielded(telemetry()):
        deadline = Deadline.of(context, settings().reserve_ms, CLOCK)
        order = _order(event or {})
        found: list[dict[str, Json]] = []
        unread: list[str] = []
        for day in order.days:
            if deadline.passed:
                telemetry().warning("deadline, the next run goes on", day=day)
                break
            for project, calls in _projects(day):
                try:
                    checked = _check(day, project, calls, deadline, afresh=order.afresh)
                except LangfuseReadError as failure:
                    checked = Checked(day, len(calls), Verdict.UNREAD)
                    unread.append(f"{day} in {project.name}: {failure}")
                again = _resend(checked, project, calls, deadline) if order.resends else {}
                found.append({"project": project.name, **checked.line(), **again})
                _tell(checked, project, again)
        telemetry().info("reconciled", days=found)
        if unread:
            raise LangfuseReadError("; ".join(unread[:10]))
        return {"days": found}


def _order(event: Mapping[str, Json]) -> job.Order:
    """Read what is to be done; days that are not well are looked at again until they are, or too old."""
    (since,) = job.days_before(_now_ms(), job.OPEN_DAYS)[-1:]
    still_open = book().days_with(job.OPEN, since) if "days" not in event else []
    known = settings()
    return job.order_of(event, now_ms=_now_ms(), days=known.days, still_open=still_open, resends=known.resends)


def _projects(day: str) -> Iterator[tuple[Project, dict[str, Booked]]]:
    """Yield each project of Langfuse that got calls of a day, with them."""
    calls = job.calls_of(book().entries(day))
    if not calls:  # nor is a secret needed, which a stack without Langfuse never fills
        return
    targets = LANGFUSE.targets(secret()(refresh=True))
    keys = {route: (target.url, target.headers["Authorization"]) for route, target in targets.items()}
    projects: dict[tuple[str, str], Project] = {}
    for route in ("default", *sorted(targets)):
        projects.setdefault(keys[route], Project(route, *keys[route]))
    parts: dict[str, dict[str, Booked]] = {}
    for call in calls.values():
        project = projects[keys.get(call.route, keys["default"])]
        parts.setdefault(project.name, {})[call.observation_id] = call
    yield from ((project, parts[project.name]) for project in projects.values() if project.name in parts)


def _check(day: str, project: Project, calls: Mapping[str, Booked], deadline: Deadline, *, afresh: bool) -> Checked:
    """Read one day of one project, from where it was cut off; remember how far it came."""
    stored = book().checked(day, project.name)
    known = Checked.of_dict(stored) if stored else Checked(day, -1)
    if not afresh and job.is_settled(known, len(calls)):
        return known
    langfuse = project.reader
    checked = known if job.goes_on(known, len(calls)) else None
    try:
        if checked is None:
            checked = job.begin(day, calls, langfuse.sums(day, deadline), exact_up_to=settings().exact_up_to)
        for window in job.windows_of(day, calls.values(), checked.hours, checked.until_ms):
            rows = langfuse.rows(window.since_ms, window.until_ms, deadline)
            found = job.compare(window.calls, rows, now_ms=_now_ms(), grace_ms=settings().grace_min * 60_000)
            checked.finding.add(found)
            checked.until_ms = window.until_ms
        job.finish(checked)
    except OutOfTimeError:
        if checked is None:
            return Checked(day, len(calls))
    except LangfuseReadError:
        if checked is not None:  # what was read is read
            book().check(day, project.name, checked.as_dict())
        raise
    book().check(day, project.name, checked.as_dict())
    return checked


def _resend(checked: Checked, project: Project, calls: Mapping[str, Booked], deadline: Deadline) -> dict[str, Json]:
    """Send again what is lost, after asking for each of it by its id once more."""
    missing = [observation_id for observation_id in checked.finding.missing if observation_id in calls]
    if checked.verdict is not Verdict.LOSS or not missing:
        return {}
    try:
        start = start_of(checked.day)
        rows = project.reader.rows_of(missing, start, start + DAY_MS, deadline)
        there = {row.observation_id for row in rows}
    except LangfuseReadError as failure:
        telemetry().warning("nothing sent again", day=checked.day, why=str(failure))
        return {}
    return resender().resend([calls[each] for each in missing if each not in there], deadline).as_dict()


def _tell(checked: Checked, project: Project, again: Mapping[str, Json]) -> None:
    """Count what was found; log each environment and model that differs."""
    total = checked.finding.total
    counts = {
        "LlmMissing": total.missing - total.late,
        "LlmLate": total.late,
        "LlmDoubled": total.extra,
        "LlmTokenDifference": abs(total.tokens_off),
        "LlmCostDifference": micro_dollars(total.cost_off),
        "LlmUnbooked": checked.unbooked,
        "LlmResent": again.get("resent", 0),
        "LlmUnfindable": again.get("unfindable", 0),
    }
    for name, value in counts.items():
        telemetry().count(name, value)
    for (_, model), figures in checked.finding.worst(MODELS_TOLD):
        telemetry().count("LlmMissing", figures.missing - figures.late, model=clean(model))
        telemetry().count("LlmDoubled", figures.extra, model=clean(model))
    telemetry().count("LlmReconciledDays", 1, verdict=checked.verdict.value)
    if checked.verdict is not Verdict.OK or checked.finding.differing:
        telemetry().warning(
            "langfuse differs",
            **checked.line(),
            project=project.name,
            groups=checked.finding.differing[:50],
            missing_ids=checked.finding.missing[:20],
        )


def _now_ms() -> int:
    return int(CLOCK.now_s() * 1000)
