"""`logrouter policy`: check a document, show and try what it changes, put it into force, go back."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from logrouter.adapters.policy_source import OLDER_VERSIONS
from logrouter.errors import PolicyError
from logrouter.policy.load import default_policy
from logrouter_cli.aws import add_aws_options, aws_of
from logrouter_cli.command import Command, CommandError
from logrouter_cli.policy.changes import changes
from logrouter_cli.policy.faults import ready, refusal_of, tell_faults
from logrouter_cli.policy.in_force import Ready, policy_of
from logrouter_cli.policy.push import push, rollback
from logrouter_cli.policy.store import Stored, add_place_options, store_of
from logrouter_cli.policy.trial import Bench, Trial, as_json, as_lines
from logrouter_cli.reading.documents import Chunk, Stamp, chunks
from logrouter_cli.reading.inputs import Inputs, add_input_options, amount, count, names_any
from logrouter_cli.reading.target import Target

LINES_AT_MS = 1_700_000_000_000
"""Time of the first plain line of traffic: always the same, so that the same file gives the same ids."""

DESCRIBE = (
    "A policy document is JSON laid over the packaged policy. The usual way of a change:\n\n"
    "  logrouter policy check policy.json\n"
    "  logrouter policy try policy.json captured.log --of-group /aws/ecs/hr/application --stack logrouter --explain\n"
    "  logrouter policy push policy.json --stack logrouter\n"
    "  logrouter policy rollback --stack logrouter\n\n"
    "Exit code 1: the document is refused, a trial is loud, or the change was not wanted. 2: wrong use, or some\n"
    "of the traffic could not be read. docs/policy.md has more."
)

CHECK = "  logrouter policy check policy.json\n\nExit code 1: it is refused."
DIFF = (
    "  logrouter policy diff policy.json --stack logrouter\n"
    "  logrouter policy diff policy.json --against older.json\n\n"
    "+ new, - gone, ~ changed."
)
TRY = (
    "  logrouter policy try policy.json hr.log --of-group /aws/ecs/hr/application --stack logrouter --explain\n"
    "  logrouter policy try policy.json --group '/aws/ecs/*' --since 1h --sample 1000 --stack logrouter\n"
    "  logrouter policy try policy.json events/ captured.log.gz --json\n\n"
    "Exit code 1: a rule is loud, or masking fails. 2: wrong use, or some of the traffic could not be read."
)
PUSH = "  logrouter policy push policy.json --stack logrouter\n\nExit code 1: it is refused, or not wanted."
ROLLBACK = (
    "  logrouter policy rollback --stack logrouter\n"
    "  logrouter policy rollback --to 2026-11-20 --stack logrouter\n\n"
    "Exit code 1: there is no such version, it is refused today, or not wanted."
)
HISTORY = "  logrouter policy history --stack logrouter"
SHOW = "  logrouter policy show --stack logrouter > policy.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(title="actions", metavar="<action>", required=True)

    check = _action(actions, "check", "say whether the document would be taken into force, and every fault", CHECK)
    _add_file(check)
    check.set_defaults(action=_check)

    diff = _action(actions, "diff", "show what the document changes", DIFF)
    _add_file(diff)
    _add_before(diff)
    add_aws_options(diff)
    diff.set_defaults(action=_diff)

    trial = _action(actions, "try", "show what the document would change on captured traffic, sending nothing", TRY)
    _add_file(trial)
    trial.add_argument(
        "traffic", nargs="*", metavar="TRAFFIC", help="log lines, events, archived parts; a directory; - is stdin"
    )
    add_input_options(trial, since="1h")
    trial.add_argument("--of-group", default="", metavar="NAME", help="log group that plain lines are said to be of")
    trial.add_argument("--explain", action="store_true", help="list the records that change, by place and rule")
    trial.add_argument("--places", type=count, default=200, metavar="N", help="of --explain (default: %(default)s)")
    trial.add_argument(
        "--most",
        type=float,
        default=5.0,
        metavar="PERCENT",
        help="a rule that would hit more of the records is loud: exit code 1 (default: %(default)s)",
    )
    trial.add_argument("--json", action="store_true", help="write the findings as JSON")
    _add_before(trial)
    trial.set_defaults(action=_try)

    put = _action(actions, "push", "put the document into force", PUSH)
    _add_file(put)
    _add_writing(put)
    put.set_defaults(action=push)

    back = _action(actions, "rollback", "put an earlier version into force again", ROLLBACK)
    back.add_argument("--to", metavar="VERSION", help="version id, or policy version (default: the last good one)")
    _add_writing(back)
    back.set_defaults(action=rollback)

    history = _action(actions, "history", "list the versions of the document, * in force", HISTORY)
    history.add_argument(
        "--limit", type=amount, default=OLDER_VERSIONS, metavar="N", help="newest ones (default: %(default)s)"
    )
    _add_place(history)
    history.set_defaults(action=_history)

    show = _action(actions, "show", "print the document in force", SHOW)
    _add_place(show)
    show.set_defaults(action=_show)


def run(options: argparse.Namespace) -> int:
    """Run the action."""
    code: int = options.action(options)
    return code


def _action(actions: Any, name: str, says: str, more: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name,
        help=says,
        description=f"{says[0].upper()}{says[1:]}.\n\n{more}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="policy document (JSON)")


def _add_before(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("held against", "without any of these the packaged policy")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--against", "--policy", dest="policy", metavar="FILE", help="another document: a file or s3://bucket/key"
    )
    add_place_options(group, where)


def _add_place(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where the document is")
    add_place_options(group, group.add_mutually_exclusive_group(required=True))
    add_aws_options(group)


def _add_writing(parser: argparse.ArgumentParser) -> None:
    _add_place(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask (for pipelines)")
    parser.add_argument("--dry-run", action="store_true", help="show everything, write nothing")


def _check(options: argparse.Namespace) -> int:
    text = options.file.read_bytes()
    if tell_faults(text):
        return 1
    started = time.process_time()
    policy, _ = ready(text)
    took_ms = 1000 * (time.process_time() - started)
    changed = sum(1 for _ in changes(default_policy(), policy))
    own = policy.stamp()["own_rules"]
    print(f"good: version {policy.version}, {changed} changes of the packaged policy, {own} masking rules of its own")
    print(f"loads in {took_ms:.0f} ms of this machine's processor time")
    return 0


def _diff(options: argparse.Namespace) -> int:
    before = policy_of(options, aws_of(options))[0]
    for line in changes(before, ready(options.file.read_bytes())[0]):
        print(line)
    return 0


def _try(options: argparse.Namespace) -> int:
    """Show a trial; 1 when it is loud, 2 when some of the traffic could not be read."""
    if not names_any(options.traffic, options):
        raise CommandError("no traffic: name files, - for stdin, --group or --archive; --help explains")
    after = ready(options.file.read_bytes())
    trial = _trial(options, policy_of(options, aws_of(options)), after)
    if options.json:
        print(json.dumps({**as_json(trial), "loud": trial.loud(options.most)}, indent=2))
    elif trial.records:
        for line in as_lines(trial, options.most):
            print(line)
    for trouble in trial.troubles:
        print(trouble, file=sys.stderr)
    if not trial.records:
        raise CommandError("the traffic holds no log events")
    if trial.loud(options.most) or trial.failed[1] > trial.failed[0]:
        return 1
    return 2 if trial.troubles else 0


def _trial(options: argparse.Namespace, before: Ready, after: Ready) -> Trial:
    bench = Bench(before, after, places=options.places if options.explain else 0)
    inputs = Inputs(
        options.traffic,
        options,
        aws_of(options),
        now_ms=int(time.time() * 1000),
        shown=bench.shown,
        requests=Counter(),
        is_strict=True,
    )
    targets: list[Target] = []
    trial = bench.run(_traffic(inputs, targets, options.of_group))
    for target in targets:
        trial.troubles += target.troubles_told()
        trial.unread.update(target.refused)
    return trial


def _traffic(inputs: Inputs, targets: list[Target], of_group: str) -> Iterator[Chunk]:
    for target, pages in inputs.read(Target):
        targets.append(target)
        yield from chunks(chain.from_iterable(pages), Stamp(of_group, at_ms=LINES_AT_MS))


def _history(options: argparse.Namespace) -> int:
    store = store_of(options, aws_of(options))
    versions = list(store.versions(options.limit))
    in_force_id = next((stored.id for stored in versions if not refusal_of(stored.body)), None)
    for stored in versions:
        mark = "*" if stored.id == in_force_id else " "
        print(f"{mark} {stored.at:%Y-%m-%d %H:%M:%S}Z  {stored.id}  {len(stored.body):7,} bytes  {_judged(stored)}")
    if not versions:
        print(f"{store.name}: no versions; there is no document, or the bucket keeps no versions", file=sys.stderr)
    return 0


def _judged(stored: Stored) -> str:
    """Say what today's code thinks of a version."""
    try:
        policy = ready(stored.body)[0]
    except PolicyError as refusal:
        return f"refused  at {refusal.place}: {refusal.why}"
    return f"good     {policy.version}  sha256 {policy.sha256}"


def _show(options: argparse.Namespace) -> int:
    store = store_of(options, aws_of(options))
    stored = store.newest()
    if stored is None:
        raise CommandError(f"{store.name}: there is no document; history lists versions that were deleted")
    sys.stdout.write(stored.body.decode("utf-8", "replace"))
    return 0


COMMAND = Command(
    name="policy",
    summary="check, try, push and roll back a policy document",
    describe=DESCRIBE,
    arguments=arguments,
    run=run,
)
