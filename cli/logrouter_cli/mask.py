"""`logrouter mask`: put a file or stdin through the masker; the text to stdout, the counts per rule to stderr."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from logrouter.masking import Masker, default_masker
from logrouter.model import RawText
from logrouter.policy.load import load_policy
from logrouter_cli.command import Command
from logrouter_cli.inputs import read_lines, read_text


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="text (default: stdin)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="policy document over the packaged one")
    parser.add_argument("--service", help="service whose own rules hold too")
    parser.add_argument("--group", help="log group whose own rules hold too")
    parser.add_argument("--whole", action="store_true", help="take the input as one text, not line by line")
    parser.add_argument("--explain", action="store_true", help="say for each line which rules hit it, by rule id")
    parser.add_argument("--check", action="store_true", help="write no text; exit code 1 when any rule hits")


def run(options: argparse.Namespace) -> int:
    """Write the masked text and the counts."""
    masker = masker_of(options.policy)
    total: Counter[str] = Counter()
    texts: Iterable[str] = [read_text(options.file)] if options.whole else read_lines(options.file)
    for number, text in enumerate(texts, 1):
        masked, hits = masker.mask_text(RawText(text), options.service, options.group)
        if not options.check:
            print(masked, end="" if options.whole else "\n")
        if options.explain and hits:
            print(f"line {number}: {_counts(hits)}", file=sys.stderr)
        total.update(hits)
    for rule, count in sorted(total.items()):
        print(f"{count:8}  {rule}", file=sys.stderr)
    print(f"{total.total():8}  values masked", file=sys.stderr)
    return 1 if options.check and total else 0


def masker_of(policy: Path | None) -> Masker:
    """Return the masker of a policy document, the packaged one for None; raise `PolicyError` for a refused one."""
    if policy is None:
        return default_masker()
    return Masker(load_policy(policy.read_bytes()))


def _counts(hits: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} x{count}" if count > 1 else rule for rule, count in sorted(hits.items()))


COMMAND = Command(
    name="mask",
    summary="mask a file or stdin, counting per rule",
    describe=(
        "Mask text exactly as logrouter does before anything is sent or stored. The masked text goes to stdout, the\n"
        "counts per rule to stderr. A secret that runs over several lines (a private key) is seen as a whole with\n"
        "--whole; line by line, each line stands for one log event."
    ),
    arguments=arguments,
    run=run,
)
