"""Puts a policy document into force, or an earlier one again: checked, shown, confirmed, written conditionally."""

import argparse
import sys

from logrouter.errors import PolicyError
from logrouter.policy.load import Policy
from logrouter.settings import Settings
from logrouter_cli.aws import aws_of
from logrouter_cli.command import CommandError
from logrouter_cli.policy.changes import changes, weakened
from logrouter_cli.policy.faults import ready, refusal_of, tell_faults
from logrouter_cli.policy.in_force import LOOKED_AT, in_force, last_good
from logrouter_cli.policy.store import NO_VERSION, PolicyStore, Stored, store_of


def push(options: argparse.Namespace) -> int:
    """Put a file into force; 1 when it is refused or not wanted."""
    body = options.file.read_bytes()
    if tell_faults(body):
        return 1
    store = store_of(options, aws_of(options))
    seen = store.newest()
    if seen and seen.body == body:
        print(f"{store.name} holds this very document already")
        return 0
    after = ready(body)[0]
    before = in_force(store, seen)[0]
    if _name(before) == _name(after) != "unnamed" and before.version != after.version:
        print(
            f"version {_name(after)} is in force with other content; give this document another version, so that logs, "
            f"metrics and manifests can tell them apart"
        )
        return 1
    return _put(options, store, seen, body, before, after)


def rollback(options: argparse.Namespace) -> int:
    """Put an earlier version into force again, as a new version; 1 when there is none, or it is not wanted."""
    store = store_of(options, aws_of(options))
    seen = store.newest()
    wanted = _wanted(store, seen, options.to)
    if wanted is None:
        print(f"{store.name}: {_nothing_found(store, options.to)}")
        return 1
    if seen and wanted.body == seen.body:
        print(f"{store.name} holds this very document already")
        return 0
    refusal = refusal_of(wanted.body)
    if refusal:
        print(f"version {wanted.id} is refused today: {refusal.place}: {refusal.why}")
        return 1
    print(f"going back to version {wanted.id} of {wanted.at:%Y-%m-%d %H:%M:%S}Z")
    return _put(options, store, seen, wanted.body, in_force(store, seen)[0], ready(wanted.body)[0])


def _put(
    options: argparse.Namespace, store: PolicyStore, seen: Stored | None, body: bytes, before: Policy, after: Policy
) -> int:
    """Show what changes, ask, write, and say how to undo it."""
    _show(before, after)
    if options.dry_run:
        print("dry run: nothing was written")
        return 0
    if not (options.yes or _is_wanted(store)):
        print("nothing was written")
        return 1
    version_id = store.put(body, seen, version=after.version)
    print(f"put into {store.name}: policy version {after.version}, version id {version_id}")
    print(f"functions take it within {Settings.policy_ttl_s} s; see docs/policy.md for how to watch them")
    if version_id == NO_VERSION:
        print("the bucket keeps no versions, so keep the document that was in force yourself: this cannot be undone")
    elif seen:
        print(f"to undo: logrouter policy rollback --to {seen.id} {_place(options)}")
    else:
        print(f"to undo: push {{}}, which is the packaged policy ({_place(options)})")
    return 0


def _show(before: Policy, after: Policy) -> None:
    lines = list(changes(before, after))
    for line in lines:
        print(line)
    print(f"{before.version} -> {after.version}: {len(lines)} changes")
    gone = weakened(before, after)
    if gone:
        print(f"LOUD: masking rules that go or change: {', '.join(gone)}")


def _is_wanted(store: PolicyStore) -> bool:
    if not sys.stdin.isatty():
        raise CommandError("there is no terminal to ask on; --yes writes without asking")
    print(f"put this into force in {store.name}? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _wanted(store: PolicyStore, seen: Stored | None, to: str | None) -> Stored | None:
    """Return the version to go back to; by default the newest one that is good and differs from what is in force."""
    if to is None:
        return last_good(store, seen)
    for stored in store.versions(LOOKED_AT):
        is_seen = seen and stored.body == seen.body
        if stored.id == to or (not is_seen and _is_named(stored, to)):
            return stored
    return None


def _is_named(stored: Stored, to: str) -> bool:
    try:
        version = ready(stored.body)[0].version
    except PolicyError:
        return False
    return to in {version, version.rpartition("+")[0]}


def _nothing_found(store: PolicyStore, to: str | None) -> str:
    if next(iter(store.versions(1)), None) is None:
        return "no versions; there never was a document, or the bucket keeps no versions"
    return f"no version {to}" if to else "no earlier version that is good"


def _name(policy: Policy) -> str:
    return policy.version.rpartition("+")[0]


def _place(options: argparse.Namespace) -> str:
    where = f"--stack {options.stack}" if options.stack else f"--bucket {options.bucket}"
    return where if options.key == "policy.json" else f"{where} --key {options.key}"
