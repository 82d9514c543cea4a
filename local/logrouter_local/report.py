"""The table at the end of a demo: what went in, what arrived where, and whether the books balance."""

from collections import Counter
from collections.abc import Iterator

from logrouter_local.bugsink import LOGIN, PASSWORD
from logrouter_local.play import Outcome
from logrouter_local.receivers import Usage
from logrouter_local.stack import Stack

RULE = "─" * 96


def report(stack: Stack, outcome: Outcome) -> str:
    """Return the whole report as text."""
    lines = [RULE, *_arrivals(outcome), RULE, *_books(outcome), RULE, *_masking(outcome), RULE]
    lines += [*addresses(stack), RULE]
    if outcome.faults:
        lines += ["NOT WELL:", *(f"  - {fault}" for fault in outcome.faults)]
    else:
        lines.append("All records are accounted for, and nothing planted was found in what was stored.")
    return "\n".join(lines)


def addresses(stack: Stack) -> list[str]:
    """Return where to look, with the login."""
    return [
        f"Sentry     {stack.sentry.url}/issues/1/   login {LOGIN} / {PASSWORD}",
        f"Langfuse   http://127.0.0.1:{stack.ports.langfuse}   (a small receiver that takes OTLP as Langfuse does)",
        f"Slack      http://127.0.0.1:{stack.ports.slack}   (a small receiver that takes webhooks as Slack does)",
        f"AWS        AWS_ENDPOINT_URL=http://localhost:{stack.ports.aws}   stack logrouter-local, any credentials",
    ]


def _arrivals(outcome: Outcome) -> Iterator[str]:
    fed, archived, traces = outcome.fed, outcome.archived, outcome.traces
    yield _row("records in", f"{fed.events}", f"{len(fed.documents)} samples in {len(fed.groups)} log groups")
    subscribed = ", ".join(f"{count} to {name}" for name, count in fed.expected.items())
    yield _row("", "", f"subscriptions bring {subscribed}; the archive takes all")
    yield _row("", "", f"{len(outcome.strange)} more payloads were given to the functions directly")
    yield _row("Sentry issues", f"{len(outcome.issues)}", f"{outcome.sentry_events} events, read back through its API")
    for issue in outcome.issues[:8]:
        title = f"{issue.get('calculated_type') or 'Log'}: {issue.get('calculated_value') or ''}".replace("\n", " ")
        yield _row("", "", f"{issue.get('digested_event_count', '?')}x {title[:70]}")
    if len(outcome.issues) > 8:
        yield _row("", "", f"... and {len(outcome.issues) - 8} more")
    yield _row("Langfuse traces", f"{traces.traces}", f"{traces.observations} observations")
    for model, usage in sorted(traces.by_model.items()):
        yield _row("", "", f"{usage.calls}x {model}: {usage.tokens} tokens, {_dollars(usage)}")
    yield _row("", "", f"together {traces.tokens} tokens, ${traces.cost:.6f}")
    verdicts = Counter(day["verdict"] for day in outcome.reconciled)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    yield _row("", "", f"reconcile_llm holds {sum(day['calls'] for day in outcome.reconciled)} against it: days {told}")
    figures = outcome.figures
    yield _row("", "", f"CloudWatch counts {figures['Calls']:.0f} calls of models, ${figures['CostUsd']:.6f}")
    yield _row(
        "Slack messages",
        f"{len(outcome.slack.accepted)}",
        f"of {outcome.alarms} alarms and {outcome.budgets} budgets; what was told already is not repeated",
    )
    for text in (text for message in outcome.slack.accepted for text in message["texts"][:1] if "Budget demo" in text):
        yield _row("", "", text)
    classes = ", ".join(f"{count} {name}" for name, count in sorted(archived.classes.items()))
    yield _row("archive objects", f"{archived.in_glacier}", f"in Glacier classes ({classes})")
    events, size = archived.events.total(), archived.bytes_stored
    yield _row("", "", f"{events} records in {size} bytes, {archived.manifests} manifests, every hash and count proven")


def _dollars(usage: Usage) -> str:
    """Say what calls cost; an unknown price is said, not shown as zero."""
    if usage.unpriced == usage.calls:
        return "no price known"
    return f"${usage.cost:.8f}" if 0 < usage.cost < 1e-6 else f"${usage.cost:.6f}"


def _books(outcome: Outcome) -> Iterator[str]:
    yield f"{'books, in records':28}{'in':>8}{'delivered':>11}{'dropped':>9}{'handed over':>13}   balance"
    for function, sources in outcome.books.items():
        for source, books in sorted(sources.items()):
            name = f"{function} ({source})"
            dropped = books.dropped.total()
            numbers = f"{books.received:>8}{books.delivered:>11}{dropped:>9}{books.handed_over:>13}"
            yield f"{name:28}{numbers}   {'yes' if books.is_balanced else 'NO'}"
            for reason, count in books.dropped.most_common():
                yield f"{'':28}{'':8}{'':11}{count:>9}  {reason}"


def _masking(outcome: Outcome) -> Iterator[str]:
    rules: Counter[str] = Counter()
    for sources in outcome.books.values():
        for books in sources.values():
            rules.update(books.masked)
    failed = sum(books.masking_failed for sources in outcome.books.values() for books in sources.values())
    yield f"masked values: {rules.total()} by {len(rules)} rules; masking failures: {failed}"
    cells = [f"{name} {count}" for name, count in rules.most_common()]
    for start in range(0, len(cells), 4):
        yield "  " + "".join(f"{cell:24}" for cell in cells[start : start + 4]).rstrip()
    found = sum(len(names) for names in outcome.leaks.values())
    yield f"planted values found in {outcome.searched_bytes:,} stored bytes: {found}"


def _row(what: str, number: str, note: str) -> str:
    return f"{what:18}{number:>8}   {note}"
