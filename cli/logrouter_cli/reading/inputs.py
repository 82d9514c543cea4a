"""All that a command reads, as its options name it: files, log groups, archived objects, one target after the other."""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from logrouter_cli.aws import Aws, add_aws_options
from logrouter_cli.moments import moment_text, stretch
from logrouter_cli.reading.files import FileReader, kind_of
from logrouter_cli.reading.log_groups import GroupReader, Selection, read_tag
from logrouter_cli.reading.objects import ObjectReader, place_of
from logrouter_cli.reading.records import Record
from logrouter_cli.reading.target import Target
from logrouter_cli.reading.text import STDIN, check_encoding

HIGHEST_RATE: Final = 1000


def add_input_options(parser: argparse.ArgumentParser, *, since: str) -> None:
    """Declare what is read besides files.

    Args:
        parser: of the command.
        since: how far back log groups are read by default.
    """
    group = parser.add_argument_group("what to read")
    group.add_argument("--group", action="append", default=[], metavar="GLOB", help="log group; may be repeated")
    group.add_argument("--skip-group", action="append", default=[], metavar="GLOB", help="not these log groups")
    group.add_argument("--tag", action="append", default=[], metavar="KEY=GLOB", help="log groups with this tag only")
    group.add_argument("--archive", action="append", default=[], metavar="S3-URI", help="objects: s3://bucket/prefix")
    group.add_argument(
        "--since",
        metavar="WHEN",
        help=f"30m, 24h, 7d or ISO 8601 (default: {since} for log groups, any day of objects)",
    )
    group.add_argument("--until", metavar="WHEN", help="as --since (default: now)")
    group.add_argument("--sample", type=amount, metavar="N", help="N log events a log group, spread over the time")
    group.add_argument(
        "--rate", type=_rate, default=4, metavar="N", help="FilterLogEvents calls a second (default: %(default)s)"
    )
    group.add_argument("--encoding", metavar="NAME", help="of files (default: UTF-8; UTF-16 is recognised)")
    add_aws_options(group)
    parser.set_defaults(default_since=since)


def names_any(files: Sequence[str], options: argparse.Namespace) -> bool:
    """Say whether the options name anything to read."""
    return bool(files or options.group or options.tag or options.archive)


class Inputs:
    """What the options of `add_input_options` name.

    Args:
        files: files, folders, `-` for stdin.
        options: as parsed.
        aws: whose log groups and objects.
        now_ms: what `--since` counts back from, epoch milliseconds.
        shown: how a name may be shown.
        add: begins a target: name, kind.
        requests: counts calls to AWS.
        whole: take each file as one record.
        is_strict: refuse a file that is one event without logs.
        show: told after every block and page.

    Raises:
        CommandError: an option says what cannot be meant.
    """

    def __init__(
        self,
        files: Sequence[str],
        options: argparse.Namespace,
        aws: Aws,
        *,
        now_ms: int,
        shown: Callable[[str], str],
        requests: Counter[str],
        whole: bool = False,
        is_strict: bool = False,
        show: Callable[[], None] = lambda: None,
    ) -> None:
        if options.encoding:
            check_encoding(options.encoding)
        self._files = files
        self._options = options
        self._aws = aws
        self._shown = shown
        self._requests = requests
        self._show = show
        self._start_ms, self._end_ms = stretch(options.since or options.default_since, options.until, now_ms)
        self._tags = [read_tag(tag) for tag in options.tag]
        self._places = [(uri, *place_of(uri, "--archive is s3://bucket/prefix")) for uri in options.archive]
        self._reader = FileReader(shown, encoding=options.encoding, whole=whole, is_strict=is_strict, show=show)

    def read[Kind: Target](self, add: Callable[[str, str], Kind]) -> Iterator[tuple[Kind, Iterator[list[Record]]]]:
        """Yield each target with its records, read as they are asked for, some at a time: files, log groups, objects.

        Args:
            add: begins a target of a name and kind.

        Raises:
            CommandError: log groups or objects cannot be listed.
            AwsRefusedError: AWS cannot be used at all (any more).
        """
        for path in self._files:
            target = add("stdin" if path == STDIN else self._shown(path), kind_of(path))
            yield target, self._reader.read_path(target, path)
        if self._options.group or self._options.tag:
            yield from self._groups(add)
        if self._places:
            yield from self._objects(add)

    def _groups[Kind: Target](self, add: Callable[[str, str], Kind]) -> Iterator[tuple[Kind, Iterator[list[Record]]]]:
        options = self._options
        reader = GroupReader(
            self._aws.client("logs"),
            requests=self._requests,
            rate=options.rate,
            sample=options.sample,
            show=self._show,
            sleep=time.sleep,
        )
        for name, group in reader.select(Selection(options.group or ["*"], options.skip_group, self._tags)):
            target = add(self._shown(name), "log_group")
            if group is None:
                target.trouble(target.name, "no log group matches")
                yield target, iter(())
            else:
                yield target, reader.read_group(target, group, self._start_ms, self._end_ms)

    def _objects[Kind: Target](self, add: Callable[[str, str], Kind]) -> Iterator[tuple[Kind, Iterator[list[Record]]]]:
        options = self._options
        first, last = moment_text(self._start_ms)[:10], moment_text(self._end_ms - 1)[:10]
        reader = ObjectReader(
            self._aws.client("s3"),
            self._reader,
            self._shown,
            requests=self._requests,
            first_day=first if options.since else None,
            last_day=last if options.until else None,
        )
        for uri, bucket, prefix in self._places:
            target = add(self._shown(uri), "archive")
            yield target, reader.read_prefix(target, bucket, prefix)


def count(text: str) -> int:
    """Read a whole number (an argparse type)."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a whole number")
    return int(text)


def amount(text: str) -> int:
    """Read a whole number above 0 (an argparse type): a sample of nothing would find nothing, and look clean."""
    number = count(text)
    if not number:
        raise argparse.ArgumentTypeError("a whole number above 0")
    return number


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate <= HIGHEST_RATE:
        raise argparse.ArgumentTypeError("a number of calls a second, above 0")
    return rate
