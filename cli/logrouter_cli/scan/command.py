"""`logrouter scan`: run the masking rules over files, log groups or the archive; say how many and where, never what."""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from logrouter.masking import Masker
from logrouter_cli.command import Command, CommandError
from logrouter_cli.mask import masker_of
from logrouter_cli.progress import Progress
from logrouter_cli.reading.inputs import moment, moment_text
from logrouter_cli.reading.records import TextScan
from logrouter_cli.reading.text import STDIN, check_encoding
from logrouter_cli.scan.accepted import read_accepted
from logrouter_cli.scan.findings import Scan, Scanner
from logrouter_cli.scan.report import as_json, as_sarif, as_table, cost_lines

NEVER: Final = "never"
INTERRUPTED: Final = 130
"""What a shell gives for Ctrl-C."""

NAMESPACE: Final = "logrouter"
UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
DEFAULT_SINCE: Final = "24h"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="text, also packed; a directory; - is stdin")
    _target_options(parser.add_argument_group("what to scan"))
    rules = parser.add_argument_group("by which rules")
    rules.add_argument(
        "--policy", metavar="FILE", help="policy document, a file or s3://bucket/key (default: packaged)"
    )
    rules.add_argument("--service", help="service whose own rules hold for files")
    rules.add_argument("--of-group", metavar="NAME", help="log group whose own rules hold for files")
    rules.add_argument("--rules", action="append", metavar="GLOB", help="these rules only; may be repeated")
    rules.add_argument("--except", dest="except_rules", action="append", default=[], metavar="GLOB", help="not these")
    rules.add_argument("--accept", type=Path, metavar="FILE", help="findings that are accepted and no news (JSON)")
    told = parser.add_argument_group("what to tell")
    shape = told.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON document")
    shape.add_argument("--sarif", action="store_true", help="SARIF 2.1.0")
    told.add_argument(
        "--places", type=_count, default=5, metavar="N", help="places for each rule (default: %(default)s)"
    )
    told.add_argument("--propose", type=Path, metavar="FILE", help="write a list for --accept with all that was found")
    told.add_argument(
        "--metric", action="store_true", help="put the CloudWatch metrics SensitiveValuesFound, ScanIncomplete"
    )
    told.add_argument(
        "--fail-on", action="append", metavar="GLOB", help="rules that make the exit code 1 (default: all; or never)"
    )


def _target_options(group: Any) -> None:
    group.add_argument("--group", action="append", default=[], metavar="GLOB", help="log group; may be repeated")
    group.add_argument("--skip-group", action="append", default=[], metavar="GLOB", help="not these log groups")
    group.add_argument("--tag", action="append", default=[], metavar="KEY=GLOB", help="log groups with this tag only")
    group.add_argument("--archive", action="append", default=[], metavar="S3-URI", help="objects: s3://bucket/prefix")
    group.add_argument(
        "--since", metavar="WHEN", help=f"30m, 24h, 7d or ISO 8601 (default for log groups: {DEFAULT_SINCE})"
    )
    group.add_argument("--until", metavar="WHEN", help="as --since (default: now)")
    group.add_argument("--sample", type=_count, metavar="N", help="N log events a log group, spread over the time")
    group.add_argument(
        "--rate", type=_rate, default=4, metavar="N", help="FilterLogEvents calls a second (default: %(default)s)"
    )
    group.add_argument("--region", help="of log groups and metric (default: that of the AWS profile)")
    group.add_argument("--encoding", help="of files (default: UTF-8; UTF-16 is recognised)")
    group.add_argument("--whole", action="store_true", help="take each file as one text, not line by line")


def run(options: argparse.Namespace) -> int:
    """Scan, write the report; 1 when something was found, 2 when something could not be read."""
    if not (options.files or options.group or options.tag or options.archive):
        raise CommandError("nothing to scan: name files, - for stdin, --group or --archive; --help explains")
    now_ms = int(time.time() * 1000)
    work = _Work(options, now_ms)
    with Progress() as progress, _interruptible(work.scan):
        work.run(progress)
    _report(work, now_ms)
    return _exit_code(work.scan, options.fail_on or ["*"])


class _Work:
    """One scan: its options, and what it found so far."""

    def __init__(self, options: argparse.Namespace, now_ms: int) -> None:
        self.options = options
        if options.encoding:
            check_encoding(options.encoding)
        self.start_ms, self.end_ms = _stretch(options, now_ms)
        self._sessions: list[Any] = []
        self.masker = self._masker(options.policy)
        self.accepted = read_accepted(options.accept)
        self.scanner = Scanner(
            self.masker,
            rules=options.rules or ["*"],
            except_rules=options.except_rules,
            accepted=self.accepted,
            places=options.places,
            proposes=options.propose is not None,
        )
        self.scan = Scan()

    def run(self, progress: Progress) -> None:
        """Scan every target in the order files, log groups, archive."""

        def show() -> None:
            parts = sum(target.parts for target in self.scan.targets)
            text = f"{self.scan.records} records, {parts} files or objects, {self.scan.values} values found"
            progress.show(self.scan.text_bytes, text)

        options = self.options
        text = TextScan(
            self.scanner,
            service=options.service,
            log_group=options.of_group,
            encoding=options.encoding,
            whole=options.whole,
            show=show,
        )
        for path in options.files:
            name = "stdin" if path == STDIN else self.scanner.shown(path)
            text.scan_path(self.scan.add(name, "stdin" if path == STDIN else "file"), path)
        if options.group or options.tag:
            self._scan_groups(show)
        if options.archive:
            self._scan_archive(text, show)

    def _scan_groups(self, show: Any) -> None:
        from logrouter_cli.reading.log_groups import GroupScan, Selection, read_tag

        selection = Selection(options_or_all(self.options), self.options.skip_group, [*map(read_tag, self.options.tag)])
        groups = GroupScan(
            self.client("logs"),
            self.scan,
            self.scanner,
            rate=self.options.rate,
            sample=self.options.sample,
            show=show,
            sleep=time.sleep,
        )
        groups.scan_groups(selection, self.start_ms, self.end_ms)

    def _scan_archive(self, text: TextScan, show: Any) -> None:
        from logrouter_cli.reading.objects import ArchiveScan

        days = [
            moment_text(at_ms)[:10] if given else None
            for given, at_ms in ((self.options.since, self.start_ms), (self.options.until, self.end_ms - 1))
        ]
        archive = ArchiveScan(
            self.client("s3"), self.scan, self.scanner, text, first_day=days[0], last_day=days[1], show=show
        )
        for place in self.options.archive:
            archive.scan_prefix(place)

    def client(self, name: str) -> Any:
        """Return an AWS client; the session is made when the first is asked for."""
        from logrouter_cli.aws import client, session

        if not self._sessions:
            self._sessions.append(session(self.options.region))
        return client(self._sessions[0], name)

    def _masker(self, policy: str | None) -> Masker:
        if policy is None or not policy.startswith("s3://"):
            return masker_of(Path(policy) if policy else None)
        from logrouter.policy.load import DOCUMENT_LIMIT_CHARS, load_policy
        from logrouter_cli.aws import refusals

        bucket, _, key = policy.removeprefix("s3://").partition("/")
        with refusals(f"reading {policy}"):
            body = self.client("s3").get_object(Bucket=bucket, Key=key or "policy.json")["Body"]
            return Masker(load_policy(body.read(4 * DOCUMENT_LIMIT_CHARS + 1)))


def options_or_all(options: argparse.Namespace) -> list[str]:
    """Return the log groups that are asked for: all of them when only tags are given."""
    return options.group or ["*"]


@contextmanager
def _interruptible(scan: Scan) -> Iterator[None]:
    """Keep what was found so far when the scan ends early."""
    from logrouter_cli.aws import AwsRefusedError

    try:
        yield
    except KeyboardInterrupt:
        scan.ended_early = "interrupted"
    except AwsRefusedError as refusal:
        if not scan.targets:
            raise
        scan.ended_early = str(refusal)


def _report(work: _Work, now_ms: int) -> None:
    options, scan = work.options, work.scan
    if options.json:
        print(as_json(scan, work.masker.version, moment_text(now_ms)))
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
    from logrouter_cli.aws import refusals

    values = {"SensitiveValuesFound": work.scan.values, "ScanIncomplete": int(not work.scan.is_complete)}
    dimensions = [{"Name": "service", "Value": "scan"}]
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
        for name, value in values.items()
    ]
    with refusals("PutMetricData"):
        work.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _exit_code(scan: Scan, fail_on: list[str]) -> int:
    """Return 1 for something found, else 2 for something not read: what was found is news whatever else happened."""
    if scan.ended_early == "interrupted":
        return INTERRUPTED
    found = {rule for target in scan.targets for rule, count in target.rules.items() if count.values}
    if fail_on != [NEVER] and any(fnmatchcase(rule, glob) for rule in found for glob in fail_on):
        return 1
    return 0 if scan.is_complete else 2


def _stretch(options: argparse.Namespace, now_ms: int) -> tuple[int, int]:
    start_ms = read_when(options.since or DEFAULT_SINCE, now_ms, "--since")
    end_ms = read_when(options.until, now_ms, "--until") if options.until else now_ms
    if start_ms >= end_ms:
        raise CommandError("--since is not before --until")
    return start_ms, end_ms


def read_when(text: str, now_ms: int, option: str) -> int:
    """Read `30m`, `24h`, `7d`, `2w` before now, ISO 8601 or epoch milliseconds as epoch milliseconds."""
    if match := re.fullmatch(r"([0-9]{1,6})([mhdw])", text):
        return max(0, now_ms - int(match[1]) * UNITS_MS[match[2]])
    try:
        return moment(text)
    except argparse.ArgumentTypeError:
        raise CommandError(f"{option}: neither 30m, 24h, 7d, ISO 8601 nor epoch milliseconds") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a whole number")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate <= 1000:
        raise argparse.ArgumentTypeError("a number of calls a second, above 0")
    return rate


COMMAND = Command(
    name="scan",
    summary="find what should not be in log groups, the archive or files",
    describe=(
        "Run the masking rules over files, log groups or archived objects, and say how many values which rule finds\n"
        "and where: never the value, nor the text around it. What is masked already is not found.\n\n"
        "Exit code 0: nothing found. 1: something found, even when something else could not be read. 2: wrong use, or\n"
        "something could not be read. 130: ended by Ctrl-C, with a report of what was found so far."
    ),
    arguments=arguments,
    run=run,
)
