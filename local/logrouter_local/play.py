"""One whole play on a running stack: govern, write samples, wait for all, archive a window, read everything back."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from logrouter_local import feeding, findings, samples
from logrouter_local.books import Books, compare, read_books, read_figures, read_metrics
from logrouter_local.feeding import Fed
from logrouter_local.findings import Archived
from logrouter_local.leaks import find_leaks
from logrouter_local.progress import Progress
from logrouter_local.receivers import Messages, Traces, read_messages, read_traces
from logrouter_local.stack import Stack
from logrouter_local.supervisor import StackError

GOVERN_S = 115
ARRIVAL_S = 120
ARCHIVE_S = 180


@dataclass
class Outcome:
    """Everything that was read back.

    Args:
        strange: name of a corrupt, wrapped or control payload to what the function answered.
        books: function folder to its books by source.
        alarms: how many were published.
        figures: sums of the metrics of tokens and cost.
        budgets: how often people were told that a budget is reached.
        reconciled: what reconcile_llm says of each day that has delivered calls.
        faults: what is missing or wrong; empty when all is well.
    """

    fed: Fed
    alarms: int = 0
    governed: Mapping[str, Any] = field(default_factory=dict)
    strange: dict[str, Any] = field(default_factory=dict)
    books: dict[str, dict[str, Books]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    sentry_events: int = 0
    traces: Traces = field(default_factory=Traces)
    slack: Messages = field(default_factory=Messages)
    figures: Counter[str] = field(default_factory=Counter)
    budgets: int = 0
    reconciled: list[dict[str, Any]] = field(default_factory=list)
    archived: Archived = field(default_factory=Archived)
    leaks: dict[str, list[str]] = field(default_factory=dict)
    searched_bytes: int = 0
    faults: list[str] = field(default_factory=list)


def play(stack: Stack, progress: Progress) -> Outcome:
    """Run the whole play; what is missing stands in `faults`, what cannot go on raises `StackError`."""
    outcome = Outcome(feeding.prepare())
    fed = outcome.fed
    feeding.create_groups(stack, fed)
    progress.step(f"created {len(fed.groups)} log groups")
    outcome.governed = govern(stack, fed, progress)
    feeding.put(stack, fed, progress)
    progress.step(f"wrote {fed.events} log events of {len(fed.documents)} samples with put-log-events")
    outcome.strange = invoke_strange(stack)
    progress.step(f"gave the functions {len(outcome.strange)} wrapped, control, empty and corrupt payloads")
    outcome.alarms = publish_alarms(stack, progress)
    progress.step(f"published {outcome.alarms} alarms")
    wait_for_arrival(stack, outcome, progress)
    outcome.reconciled = reconcile(stack)
    progress.step(f"held {sum(day['calls'] for day in outcome.reconciled)} delivered calls against Langfuse")
    run_archive(stack, fed, progress)
    read_back(stack, outcome)
    progress.step("searching every stored byte for the planted personal data and secrets")
    outcome.leaks, outcome.searched_bytes = find_leaks(stack)
    outcome.faults = judge(stack, outcome)
    return outcome


def govern(stack: Stack, fed: Fed, progress: Progress) -> Any:
    """Let govern_log_groups bring the new groups to the policy: retention, tags, subscriptions.

    It keeps below the quotas of CloudWatch Logs on purpose, so this takes about a second a group.
    """
    with ThreadPoolExecutor(1) as pool:
        governing = pool.submit(stack.invoke, "GovernLogGroups", {})

        def look() -> tuple[bool, str]:
            found = sum(bool(to) for to in feeding.subscribed(stack, fed.groups).values())
            return governing.done(), f"{found} of {len(fed.groups)} groups are subscribed"

        progress.wait("govern_log_groups at work", look, within_s=GOVERN_S, check=stack.supervisor.check)
        return governing.result()


def invoke_strange(stack: Stack) -> dict[str, Any]:
    """Invoke the forwarding functions with payloads that no put-log-events makes; an error is an answer too.

    Unqualified, as the embedded AWS delivers subscriptions: so they reach the environments that served those, and log
    lines that the emulator had not read yet come with these.
    """
    answers: dict[str, Any] = {}
    for folder, function in zip(feeding.SAMPLES, feeding.FORWARDING, strict=True):
        for name, event in feeding.strange_events(folder).items():
            try:
                answers[name] = stack.invoke(function, event, qualifier="$LATEST")
            except StackError as error:
                answers[name] = {"error": str(error)}
    return answers


def publish_alarms(stack: Stack, progress: Progress) -> int:
    """Publish the sample alarms where CloudWatch would, one after the other; return how many."""
    alarms = [record["Sns"] for name in samples.cases("notify") for record in samples.render(name).get("Records", ())]
    for number, alarm in enumerate(alarms, start=1):
        before = feeding.finished(stack, "notify")
        stack.aws("sns").publish(
            TopicArn=stack.outputs["AlertTopicArn"],
            Subject=(alarm.get("Subject") or "alarm")[:100],
            Message=alarm["Message"],
        )

        def look() -> tuple[bool, str]:
            return feeding.finished(stack, "notify") > before, f"{number} of {len(alarms)}"  # noqa: B023 - called at once

        progress.follow("publishing alarms", look, within_s=feeding.INVOCATION_S, check=stack.supervisor.check)
    return len(alarms)


def wait_for_arrival(stack: Stack, outcome: Outcome, progress: Progress) -> None:
    """Wait until every function has received all it must, nothing waits in a queue, and Sentry has digested."""
    fed, strange, alarms = outcome.fed, outcome.strange, outcome.alarms

    def look() -> tuple[bool, str]:
        received = {folder: _received(stack, folder) for folder in feeding.SAMPLES}
        wanted = {
            folder: fed.expected[name] + received_directly(strange, folder)
            for folder, name in zip(feeding.SAMPLES, feeding.FORWARDING, strict=True)
        }
        waiting = sum(findings.queue_depths(stack).values())
        keys = findings.delivered_keys(stack)
        stored = stack.sentry.stored_events()
        told, published = read_books(stack, "notify").get("sns", Books()).received, alarms + _budgets_told(stack)
        state = ", ".join(f"{folder} {received[folder]}/{wanted[folder]}" for folder in feeding.SAMPLES)
        state += f" records; {waiting} waiting; Sentry {stored}/{keys['sentry']} events"
        all_in = all(received[folder] >= wanted[folder] for folder in feeding.SAMPLES)
        return all_in and waiting == 0 and stored >= keys["sentry"] and told >= published, state

    progress.wait("waiting for arrival", look, within_s=ARRIVAL_S, check=stack.supervisor.check)


def received_directly(strange: Mapping[str, Any], folder: str) -> int:
    """Return how many records of one function the strange payloads came to, from its answers."""
    return sum(
        answer.get("received", 0)
        for name, answer in strange.items()
        if name.startswith(f"{folder}/") and isinstance(answer, dict)
    )


def reconcile(stack: Stack) -> list[dict[str, Any]]:
    """Let reconcile_llm hold every day of the delivered book against what Langfuse shows."""
    found: list[dict[str, Any]] = stack.invoke("ReconcileLlm", {"days": findings.booked_days(stack)})["days"]
    return found


def run_archive(stack: Stack, fed: Fed, progress: Progress) -> None:
    """Archive the stretch of time that the samples are in, through the state machine, and wait for its end."""
    states = stack.aws("stepfunctions")
    request = {"groups": fed.groups, "from": _iso(fed.from_ms), "until": _iso(fed.until_ms)}
    arn = states.start_execution(stateMachineArn=stack.outputs["ArchiveWorkflowArn"], input=json.dumps(request))[
        "executionArn"
    ]

    def look() -> tuple[bool, str]:
        found = states.describe_execution(executionArn=arn)
        status = found["status"]
        if status not in {"RUNNING", "SUCCEEDED"}:
            raise StackError(f"the archive workflow {status}: {found.get('error')} {str(found.get('cause'))[:500]}")
        return status == "SUCCEEDED", status.lower()

    progress.wait("archive workflow", look, within_s=ARCHIVE_S, check=stack.supervisor.check)


def read_back(stack: Stack, outcome: Outcome) -> None:
    """Read what every destination holds, and the books."""
    folders = [*feeding.SAMPLES, "archive_window", "notify"]
    outcome.books = {folder: read_books(stack, folder) for folder in folders}
    outcome.issues = stack.sentry.issues()
    outcome.sentry_events = stack.sentry.stored_events()
    outcome.traces = read_traces(stack.ports)
    outcome.slack = read_messages(stack.ports)
    outcome.figures = read_figures(stack)
    outcome.budgets = _budgets_told(stack)
    outcome.archived = findings.read_archive(stack)


def judge(stack: Stack, outcome: Outcome) -> list[str]:
    """Name everything that is missing or does not agree."""
    fed, faults = outcome.fed, []
    for folder, name in zip(feeding.SAMPLES, feeding.FORWARDING, strict=True):
        books = outcome.books[folder]
        wanted = fed.expected[name] + received_directly(outcome.strange, folder)
        got = books.get("subscription", Books()).received
        if fed.expected[name] == 0:
            faults.append(f"no log group is subscribed to {folder}")
        if got != wanted:
            faults.append(f"{folder} received {got} records of {wanted}")
        faults += [
            f"the books of {folder} ({source}) do not balance" for source, b in books.items() if not b.is_balanced
        ]
        faults += [f"{folder}: {fault}" for fault in compare(books, read_metrics(stack, folder))]
    keys = findings.delivered_keys(stack)
    if not outcome.sentry_events or outcome.sentry_events != keys["sentry"]:
        faults.append(f"Sentry holds {outcome.sentry_events} events, the ledger delivered {keys['sentry']}")
    if not outcome.traces.observations or outcome.traces.observations != keys["langfuse"]:
        faults.append(
            f"Langfuse got {outcome.traces.observations} observations, the ledger delivered {keys['langfuse']}"
        )
    if outcome.traces.copies != outcome.traces.observations:
        faults.append(f"Langfuse got {outcome.traces.copies - outcome.traces.observations} observations twice")
    faults += [
        f"reconcile_llm: {day['day']} is {day['verdict']}" for day in outcome.reconciled if day["verdict"] != "ok"
    ]
    reconciled = sum(day["calls"] for day in outcome.reconciled)
    if reconciled != outcome.traces.observations:
        faults.append(f"the delivered book has {reconciled} calls, Langfuse {outcome.traces.observations}")
    told = outcome.books["notify"].get("sns", Books())
    published = outcome.alarms + outcome.budgets
    if told.received != published or told.delivered != len(outcome.slack.accepted) or not told.delivered:
        faults.append(f"of {published} alarms notify saw {told.received}, Slack got {len(outcome.slack.accepted)}")
    faults += _judge_counting(stack, outcome)
    faults += [
        f"the books of notify ({s}) do not balance" for s, b in outcome.books["notify"].items() if not b.is_balanced
    ]
    faults += [f"Langfuse would misread: {complaint}" for complaint in outcome.traces.complaints]
    faults += [f"Slack refused: {complaint}" for complaint in outcome.slack.complaints]
    faults += [f"queue {name} holds {depth} messages" for name, depth in findings.queue_depths(stack).items() if depth]
    faults += [f"archive: {fault}" for fault in outcome.archived.faults]
    missing = {group: fed.events_of(group) - outcome.archived.events[group] for group in fed.groups}
    faults += [f"archive misses {count} events of {group}" for group, count in missing.items() if count]
    if not outcome.archived.in_glacier:
        faults.append("no object is in a Glacier storage class")
    faults += [f"leak of {', '.join(names)} in {place}" for place, names in outcome.leaks.items()]
    return faults


def _judge_counting(stack: Stack, outcome: Outcome) -> Iterator[str]:
    """Hold metrics and budgets of LLM calls against what Langfuse got, where no sample is too old for metrics."""
    if not outcome.budgets:
        yield "nobody was told of the budget that the samples pass"
    counted, traced = outcome.figures["CostUsd"], outcome.traces.cost
    differs = abs(counted - traced) > 1e-9 or outcome.figures["TotalTokens"] != outcome.traces.tokens
    if differs and not read_metrics(stack, "trace_llm")["UntimelyCalls", ""]:
        yield f"CloudWatch counts ${counted:.9f}, Langfuse ${traced:.9f}"


def _budgets_told(stack: Stack) -> int:
    return sum(count for (name, _), count in read_metrics(stack, "trace_llm").items() if name == "BudgetsPassed")


def _received(stack: Stack, folder: str) -> int:
    return read_books(stack, folder).get("subscription", Books()).received


def _iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")
