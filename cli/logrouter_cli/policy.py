"""`logrouter policy`: check a policy document before it is put into force, and show what it changes."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from logrouter.errors import PolicyError
from logrouter.masking import Masker
from logrouter.model import Json
from logrouter.policy.load import SECTIONS, Policy, default_policy, load_policy
from logrouter_cli.command import Command

ABSENT = object()


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(title="actions", metavar="<action>", required=True)
    check = actions.add_parser("check", help="say whether the document would be taken into force")
    check.add_argument("file", type=Path, metavar="FILE", help="policy document (JSON)")
    check.set_defaults(action=_check)
    diff = actions.add_parser("diff", help="show what the document changes of the packaged policy")
    diff.add_argument("file", type=Path, metavar="FILE", help="policy document (JSON)")
    diff.add_argument("--against", type=Path, metavar="FILE", help="another document instead of the packaged policy")
    diff.set_defaults(action=_diff)


def run(options: argparse.Namespace) -> int:
    """Run the action."""
    code: int = options.action(options)
    return code


def _check(options: argparse.Namespace) -> int:
    try:
        policy = _load(options.file)
    except PolicyError as refusal:
        print(refusal)
        return 1
    changed = sum(1 for _ in changes(default_policy(), policy))
    print(f"good: version {policy.version}, {changed} changes of the packaged policy")
    return 0


def _diff(options: argparse.Namespace) -> int:
    before = _load(options.against) if options.against else default_policy()
    for line in changes(before, _load(options.file)):
        print(line)
    return 0


def _load(path: Path) -> Policy:
    """Load a document and compile its masking rules, which run their own samples."""
    policy = load_policy(path.read_bytes())
    Masker(policy)
    return policy


def changes(before: Policy, after: Policy) -> Iterator[str]:
    """Return one line for each value that differs: `+` new, `-` gone, `~` changed, with its place."""
    for name in SECTIONS:
        yield from _changes(name, before.section(name), after.section(name))


def _changes(place: str, before: Json, after: Json) -> Iterator[str]:
    before, after = _by_id(before), _by_id(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _changes(f"{place}.{key}", before.get(key, ABSENT), after.get(key, ABSENT))
    elif before is ABSENT:
        yield f"+ {place} = {_short(after)}"
    elif after is ABSENT:
        yield f"- {place}"
    elif before != after:
        yield f"~ {place}: {_short(before)} -> {_short(after)}"


def _by_id(value: Json) -> Json:
    """Take a list of identified objects as an object, so that an inserted rule does not look like many changed ones."""
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {f"[{item['id']}]": item for item in value}
    return value


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."


COMMAND = Command(
    name="policy",
    summary="check a policy document, or show what it changes",
    describe=(
        "A policy document is JSON laid over the packaged policy. `check` holds it against the schema, compiles its\n"
        "masking rules and runs their samples, as the functions do before they take it into force: exit code 1 and\n"
        "the place when it is refused. `diff` lists what it changes."
    ),
    arguments=arguments,
    run=run,
)
