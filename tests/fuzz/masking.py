"""Fuzz masking: grow records, hold each against the laws, keep what breaks one in its smallest form.

    python -m tests.fuzz.masking --minutes 60 --seed 7

What is found is printed and written as JSON lines (`--out`); a case that is mended goes into
tests/data/masking_found.py. The exit code is 1 when something was found. One core; the same seed grows the same records
as long as the corpus and the code stay the same.
"""

import argparse
import ast
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from logrouter.masking import default_masker
from tests.fuzz.growing import Garden, Seed
from tests.fuzz.oracle import clean_lines, faults, frame_faults
from tests.fuzz.reached import Reached
from tests.fuzz.shrinking import shrunk

REPORT_S = 60
SHRUNK_LIMIT = 40
"""Findings of one sort that are made small; behind that only new kinds are told."""

LARGE = 4
"""Every so many thousandth record is repeated until it is long, to see time grow."""


class Findings:
    """What broke a law: each kind once, in its smallest form."""

    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._known: set[tuple[object, ...]] = set()
        self.count: Counter[str] = Counter()
        self.seen: Counter[tuple[str, ...]] = Counter()

    def add(self, seed: Seed, broken: Sequence[str]) -> None:
        """Keep one finding, unless the same laws were broken by a record of the same kind before."""
        self.count.update(broken)
        record, how = seed.record, seed.how.split("/", 1)[-1]
        if not seed.planted and self.seen[tuple(broken)] < SHRUNK_LIMIT:
            self.seen[tuple(broken)] += 1
            record = smallest(record, broken)
        if self._is_known(broken, how, record):
            return
        line = json.dumps({"broken": list(broken), "how": seed.how, "record": repr(record), "planted": seed.planted})
        print(line[:2_000], flush=True)
        if self._out is not None:
            with self._out.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def _is_known(self, broken: Sequence[str], how: str, record: Any) -> bool:
        kind = (tuple(broken), how) if how != "wild" else (tuple(broken), *kind_of(record))
        known = kind in self._known
        self._known.add(kind)
        return known


def kind_of(record: Any) -> tuple[str, ...]:
    """Tell findings apart by the rules that hit."""
    try:
        hits = default_masker().mask_text(record)[1] if isinstance(record, str) else {"a value": 1}
    except Exception as error:  # noqa: BLE001 - a failure is a finding of its own kind
        return (type(error).__name__,)
    return tuple(sorted(hits))


def smallest(record: Any, broken: Sequence[str]) -> Any:
    """Return the smallest record that breaks the first of these laws."""
    return shrunk(record, lambda smaller: bool(broken) and broken[0] in faults(smaller))


def fuzz(seed: int, is_over: Callable[[int], bool], out: Path | None = None) -> Counter[str]:
    """Fuzz until `is_over(records so far)`; return how often each law was broken."""
    rng, frames = random.Random(seed), clean_lines()
    garden, findings, done, reported = Garden(rng), Findings(out), 0, time.monotonic()
    with Reached("logrouter/masking") as reached:
        while not is_over(done):
            seed_ = garden.grow()
            lines = reached.lines
            broken = faults(seed_.record, seed_.planted)
            if seed_.planted and isinstance(seed_.record, str) and not seed_.how.endswith("cut-json"):
                broken += frame_faults(seed_.record, rng.choice(frames))
            done += 1
            if broken:
                findings.add(seed_, broken)
            elif reached.lines > lines:
                garden.keep(seed_.record)
            if done % (1_000 * LARGE) == 0:
                hold_large(garden.grow(), rng, findings)
            if time.monotonic() - reported > REPORT_S:
                reported = time.monotonic()
                print(f"# {done} records, {reached.lines} lines reached, {dict(findings.count)}", flush=True)
    print(f"# {done} records, {reached.lines} lines reached, {dict(findings.count)}", flush=True)
    return findings.count


def hold_large(seed: Seed, rng: random.Random, findings: Findings) -> None:
    """Hold a piece of a record, repeated to 100,000 characters, against the laws."""
    text = seed.record if isinstance(seed.record, str) else json.dumps(seed.record)
    at = rng.randrange(max(1, len(text)))
    piece = text[at : at + rng.choice((1, 3, 9, 40))] or "a"
    large = Seed(piece * (100_000 // len(piece)))
    broken = faults(large.record)
    if broken:
        findings.add(large, broken)


def replay(path: Path) -> int:
    """Hold the findings of a file against the laws again; return how many still break one."""
    left = 0
    for line in path.read_text("utf-8").splitlines():
        finding = json.loads(line)
        broken = faults(ast.literal_eval(finding["record"]), finding["planted"])
        if broken:
            left += 1
            print(broken, finding["how"], finding["record"][:300])
    return left


def main(arguments: Sequence[str]) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.masking", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON lines file that findings are added to")
    parser.add_argument("--replay", type=Path, help="hold the findings of such a file against the laws again, and end")
    options = parser.parse_args(arguments)
    if options.replay:
        return int(replay(options.replay) > 0)
    end = time.monotonic() + 60 * options.minutes
    return int(bool(fuzz(options.seed, lambda _done: time.monotonic() > end, options.out)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
