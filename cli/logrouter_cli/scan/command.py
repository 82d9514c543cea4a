"""`logrouter scan`: run the masking rules over files, log groups or the archive; say how many and where, never what."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from logrouter_cli.aws import AwsRefusedError, aws_of, said_clearly
from logrouter_cli.command import Command, CommandError
from logrouter_cli.moments import moment_text
from logrouter_cli.policy.in_force import add_policy_options, policy_of
from logrouter_cli.progress import Progress
from logrouter_cli.reading.inputs import Inputs, add_input_options, count, names_any
from logrouter_cli.scan.accepted import read_accepted
from logrouter_cli.scan.findings import Scan, Scanner
from logrouter_cli.scan.report import as_json, as_sarif, as_table, cost_lines

NEVER: Final = "never"
INTERRUPTED: Final = 130
"""What a shell gives for Ctrl-C."""

NAMESPACE: Final = "logrouter"
DEFAULT_SINCE: Final = "24h"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="text, also packed; a directory; - is stdin")
    parser.add_argument("--whole", action="store_true", help="take each file as one text, not line by line")
    add_input_options(parser, since=DEFAULT_SINCE)
    add_policy_options(parser)
    rules = parser.add_argument_group("by which rules")
    rules.add_argument("--service", metavar="NAME", help="service whose own rules hold for plain lines")
    rules.add_argument("--of-group", metavar="NAME", help="log group that plain lines are said to be of")
    rules.add_argument("--rules", action="append", metavar="GLOB", help="these rules only; may be repeated")
    rules.add_argument("--except", dest="except_rules", action="append", default=[], metavar="GLOB", help="not these")
    rules.add_argument("--accept", type=Path, metavar="FILE", help="findings that are accepted and no news (JSON)")
    told = parser.add_argument_group("what to tell")
    shape = told.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON document")
    shape.add_argument("--sarif", action="store_true", help="SARIF 2.1.0")
    told.add_argument(
        "--places", type=count, default=5, metavar="N", help="places for each rule (default: %(default)s)"
    )
    told.add_argument("--propose", type=Path, metavar="FILE", help="write a list for --accept with all that was found")
    told.add_argument(
        "--metric", action="store_true", help="put the CloudWatch metrics SensitiveValuesFound, ScanIncomplete"
    )
    told.add_argument(
        "--fail-on", action="append", metavar="GLOB", help="rules that make the exit code 1 (default: all; or never)"
    )


def run(options: argparse.Namespace) -> int:
    """Scan, write the report; 1 when something was found, 2 when something could not be read."""
    if not names_any(options.files, options):
        raise CommandError("nothing to scan: name files, - for stdin, --group or --archive; --help explains")
    work = _Work(options, int(time.time() * 1000))
    with Progress() as progress, _interruptible(work.scan):
        work.run(progress)
    _report(work)
    return _exit_code(work.scan, options.fail_on or ["*"])


class _Work:
    """One scan: its options, and what it found so far."""

    def __init__(self, options: argparse.Namespace, now_ms: int) -> None:
        self.options = options
        self.now_ms = now_ms
        self.aws = aws_of(options)
        self.scan = Scan()
        self.accepted = read_accepted(options.accept)
        self.policy, masker = policy_of(options, self.aws)
        self.scanner = Scanner(
            masker,
            rules=options.rules or ["*"],
            except_rules=options.except_rules,
            accepted=self.accepted,
            places=options.places,
            proposes=options.propose is not None,
            service=options.service,
            log_group=options.of_group,
        )

    def run(self, progress: Progress) -> None:
        """Scan every target in the order files, log groups, archive."""

        def show() -> None:
            parts = sum(target.parts for target in self.scan.targets)
            text = f"{self.scan.records} records, {parts} files or objects, {self.scan.values} values found"
            progress.show(self.scan.text_bytes, text)

        inputs = Inputs(
            self.options.files,
            self.options,
            self.aws,
            now_ms=self.now_ms,
            shown=self.scanner.shown,
            requests=self.scan.requests,
            whole=self.options.whole,
            show=show,
        )
        examine = self.scanner.examine
        for target, pages in inputs.read(self.scan.add):
            self.scan.reading = target
            for records in pages:
                for record in records:
                    examine(target, record)
            self.scan.reading = None


@contextmanager
def _interruptible(scan: Scan) -> Iterator[None]:
    """Keep what was found so far when the scan ends early."""
    try:
        yield
    except KeyboardInterrupt:
        scan.end_early("interrupted")
    except AwsRefusedError as refusal:
        if not any(target.records or target.parts for target in scan.targets):
            raise
        scan.end_early(str(refusal))


def _report(work: _Work) -> None:
    options, scan = work.options, work.scan
    if options.json:
        print(as_json(scan, work.policy.version, moment_text(work.now_ms)))
    elif options.sarif:
        print(as_sarif(scan))
    else:
        for line in as_table(scan):
            print(line)
    sys.stdout.flush()
    for line in cost_lines(scan):
        print(line, file=sys.stderr)
    for said in work.accepted.expired:
        print(f"accepted findings: {said}", file=sys.stderr)
    for said in work.accepted.unused if scan.is_complete else ():
        print(f"accepted findings: {said} accepted nothing", file=sys.stderr)
    if options.propose:
        options.propose.write_text(json.dumps({"accepted": work.scanner.proposed}, indent=2, ensure_ascii=False) + "\n")
    if options.metric:
        _put_metric(work)


def _put_metric(work: _Work) -> None:
    """Put both metrics, zeros too: an alarm tells a scan that found nothing from one that did not run."""
    values = {"SensitiveValuesFound": work.scan.values, "ScanIncomplete": int(not work.scan.is_complete)}
    dimensions = [{"Name": "service", "Value": "scan"}]
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
        for name, value in values.items()
    ]
    with said_clearly("metrics"):
        work.aws.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _exit_code(scan: Scan, fail_on: list[str]) -> int:
    """Return 1 for something found, else 2 for something not read: what was found is news whatever else happened."""
    if scan.ended_early == "interrupted":
        return INTERRUPTED
    found = {rule for target in scan.targets for rule, count in target.rules.items() if count.values}
    if fail_on != [NEVER] and any(fnmatchcase(rule, glob) for rule in found for glob in fail_on):
        return 1
    return 0 if scan.is_complete else 2


COMMAND = Command(
    name="scan",
    summary="find what should not be in log groups, the archive or files",
    describe=(
        "Run the masking rules over files, log groups or archived objects, and say how many values which rule finds\n"
        "and where: never the value, nor the text around it. What is masked already is not found.\n\n"
        "  logrouter scan app.log build/logs\n"
        "  logrouter scan --group '/aws/ecs/*' --since 24h --stack logrouter\n"
        "  logrouter scan --archive s3://my-archive/v1/ --since 7d --json\n\n"
        "Exit code 0: nothing found. 1: something found, even when something else could not be read. 2: wrong use, or\n"
        "something could not be read. 130: ended by Ctrl-C, with a report of what was found so far."
    ),
    arguments=arguments,
    run=run,
)
