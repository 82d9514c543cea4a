"""The policy that a command works with: a document that is named, the one in force in a bucket, or the packaged one."""

import argparse
import sys
from pathlib import Path
from typing import Final

from logrouter.masking import Masker, default_masker
from logrouter.policy.load import Policy, default_policy
from logrouter_cli.aws import Aws
from logrouter_cli.command import CommandError
from logrouter_cli.policy.faults import ready, refusal_of
from logrouter_cli.policy.store import PolicyStore, Stored, add_place_options, names_store, store_at, store_of

LOOKED_AT: Final = 100
"""So many versions of a document are looked through for the last good one."""

type Ready = tuple[Policy, Masker]


def add_policy_options(parser: argparse.ArgumentParser) -> None:
    """Declare which policy holds: `--policy`, or the place of the one in force."""
    group = parser.add_argument_group("by which policy", "without any of these the packaged one holds")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--policy", metavar="FILE", help="policy document over the packaged one: file or s3://bucket/key"
    )
    add_place_options(group, where)


def policy_of(options: argparse.Namespace, aws: Aws) -> Ready:
    """Return the policy that the options of `add_policy_options` mean, and its masker.

    Raises:
        PolicyError: the file is refused.
        CommandError: there is no such document.
        OSError: the file cannot be read.
    """
    if options.policy:
        return named(options.policy, aws)
    if not names_store(options):
        return default_policy(), default_masker()
    store = store_of(options, aws)
    return in_force(store, store.newest())


def named(name: str, aws: Aws) -> Ready:
    """Return the policy of a file, or the one in force at `s3://bucket/key`.

    Raises:
        PolicyError, CommandError, OSError: as `policy_of`.
    """
    if not name.startswith("s3://"):
        return ready(Path(name).read_bytes())
    store = store_at(name, aws)
    seen = store.newest()
    if seen is None and next(store.versions(1), None) is None:
        raise CommandError(f"{store.name}: there is no document")
    return in_force(store, seen)


def in_force(store: PolicyStore, seen: Stored | None) -> Ready:
    """Return what is in force: the document, the last good one where that is refused, or the packaged policy."""
    refusal = refusal_of(seen.body) if seen else None
    if seen and refusal is None:
        return ready(seen.body)
    good = last_good(store, seen)
    why = f"is refused ({refusal.place}: {refusal.why})" if refusal else "is not there"
    holds = "the last good version" if good else "the packaged policy"
    print(f"{store.name} {why}, so {holds} is in force", file=sys.stderr)
    return ready(good.body) if good else (default_policy(), default_masker())


def last_good(store: PolicyStore, seen: Stored | None) -> Stored | None:
    """Return the newest version that is good and differs from what was seen."""
    for stored in store.versions(LOOKED_AT):
        if not (seen and stored.body == seen.body) and not refusal_of(stored.body):
            return stored
    return None


def environment_of(options: argparse.Namespace, aws: Aws) -> dict[str, str]:
    """Return the variables that tell a function the same policy."""
    if options.policy and not options.policy.startswith("s3://"):
        return {"POLICY_FILE": options.policy}
    if not options.policy and not names_store(options):
        return {}
    store = store_at(options.policy, aws) if options.policy else store_of(options, aws)
    return {"POLICY_BUCKET": store.bucket, "POLICY_KEY": store.key}
