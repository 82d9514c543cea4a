"""`logrouter mask`: put files or stdin through the masker; the text to stdout, the counts per rule to stderr."""

import argparse
import gzip
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from logrouter.masking import FAILED, Masker
from logrouter.masking.values.pseudonyms import parse_keys
from logrouter.model import RawText
from logrouter.policy.log_groups import service_of
from logrouter_cli.aws import add_aws_options, aws_of
from logrouter_cli.command import Command, CommandError
from logrouter_cli.key_paths import spots
from logrouter_cli.policy.in_force import add_policy_options, policy_of
from logrouter_cli.progress import Progress
from logrouter_cli.reading.documents import add_group_option
from logrouter_cli.reading.names import Names
from logrouter_cli.reading.text import STDIN, Block, TextSource, check_encoding, open_source
from logrouter_cli.reading.unpacking import UnreadableError

type Explain = Callable[[str], None]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="*", default=[STDIN], metavar="FILE", help="text, also packed (default: stdin)")
    parser.add_argument(
        "--pseudonym-keys", type=Path, metavar="FILE", help="keys for the rules that make pseudonyms (JSON)"
    )
    parser.add_argument("--service", metavar="NAME", help="service whose own rules hold too")
    add_group_option(parser, "log group whose own rules hold too")
    parser.add_argument("--whole", action="store_true", help="take each input as one text, not line by line")
    parser.add_argument("--encoding", metavar="NAME", help="of the text (default: UTF-8; UTF-16 is recognised)")
    parser.add_argument("--explain", action="store_true", help="say which rule hit where, without the value")
    parser.add_argument("--json", action="store_true", help="write the counts as JSON")
    written = parser.add_mutually_exclusive_group()
    written.add_argument("--check", action="store_true", help="write no text; exit code 1 when any rule hits")
    written.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the text there, whole or not at all; a name that ends with .gz is packed",
    )
    add_policy_options(parser)
    add_aws_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write the masked text and the counts; 1 when something could not be masked, or was to be masked with --check."""
    if options.encoding:
        check_encoding(options.encoding)
    work = _Work(_masker(options), options)
    with (
        Progress(_size(options.files), is_shown=_shows_progress(options)) as progress,
        _output(options) as write,
    ):
        for file in options.files:
            work.mask_file(file, write, progress)
    failed = work.hits.pop("failed", 0)
    _tell(work, failed, options)
    if failed:
        print(f"{failed} lines could not be masked and are left out", file=sys.stderr)
    return 1 if failed or (options.check and work.hits) else 0


def _masker(options: argparse.Namespace) -> Masker:
    """Return the masker with its keys; say when keys and rules do not go together."""
    masker = policy_of(options, aws_of(options))[1]
    if options.pseudonym_keys:
        masker.use_pseudonym_keys(parse_keys(options.pseudonym_keys.read_text("utf-8", "replace")))
        if not masker.makes_pseudonyms:
            print("no rule in force makes pseudonyms; the keys are not used", file=sys.stderr)
    elif masker.makes_pseudonyms:
        print("no --pseudonym-keys: values that would get a pseudonym are hidden whole", file=sys.stderr)
    return masker


class _Work:
    """Masks inputs and keeps the counts."""

    def __init__(self, masker: Masker, options: argparse.Namespace) -> None:
        self._masker = masker
        self._names = Names(masker)
        self._options = options
        self._service = options.service or service_of(options.of_group or "")
        self.hits: Counter[str] = Counter()
        self.lines = 0
        self._done_bytes = 0

    def mask_file(self, file: str, write: Callable[[bytes], object], progress: Progress) -> None:
        """Mask one input.

        Raises:
            CommandError: it cannot be read (to its end).
        """
        name = "stdin" if file == STDIN else self._names.shown(file)
        shown = "" if len(self._options.files) == 1 else f"{name}: "
        try:
            source = open_source(file, encoding=self._options.encoding, allow_binary=True)
            for block in _whole(source) if self._options.whole else source.blocks():
                masked = [self._mask(line, number, shown) for number, line in block.numbered()]
                write(source.encode("\n".join(masked) + ("\n" if block.is_closed else "")))
                self._done_bytes += block.size_bytes
                progress.show(self._done_bytes, f"{self.lines} lines, {self.hits.total()} values masked")
        except UnreadableError as error:
            raise CommandError(f"{name} {error}") from None

    def _mask(self, line: str, number: int, shown: str) -> str:
        """Return one line masked; its carriage return stays out of it. A line that fails becomes the placeholder."""
        text = line.removesuffix("\r")
        self.lines += 1
        try:
            if self._options.explain:
                return self._explained(text, number, shown) + line[len(text) :]
            masked, hits = self._masker.mask_text(RawText(text), self._service, self._options.of_group)
        except Exception:  # noqa: BLE001 - the raw line must not be written, whatever went wrong
            self.hits["failed"] += 1
            return FAILED + line[len(text) :]
        if hits:
            self.hits.update(hits)
            return masked + line[len(text) :]
        return line

    def _explained(self, text: str, number: int, shown: str) -> str:
        masked, findings = self._masker.locate(RawText(text), self._service, self._options.of_group)
        for finding, spot in zip(findings, spots(text, findings) if findings else (), strict=True):
            path = f" ({spot.path})" if spot.path else ""
            print(f"{shown}line {number + spot.line - 1} column {spot.column}{path}: {finding.rule}", file=sys.stderr)
            self.hits[finding.rule] += 1
        return masked


def _whole(source: TextSource) -> Iterator[Block]:
    yield Block(1, [source.read()], is_closed=False, size_bytes=source.size_bytes)


def _tell(work: _Work, failed: int, options: argparse.Namespace) -> None:
    """Write the counts: to stderr, and as JSON to stdout where no text goes there."""
    total = work.hits.total()
    if options.json:
        counts = {"lines": work.lines, "values": total, "failed": failed, "rules": dict(sorted(work.hits.items()))}
        print(json.dumps(counts), file=sys.stdout if options.check or options.output else sys.stderr)
        return
    for rule, count in sorted(work.hits.items()):
        print(f"{count:8}  {rule}", file=sys.stderr)
    print(f"{total:8}  values masked", file=sys.stderr)


def _shows_progress(options: argparse.Namespace) -> bool:
    """Where the masked text is itself written to the terminal, a progress line would stand in it."""
    is_hidden = options.explain or (not options.check and not options.output and sys.stdout.isatty())
    return not is_hidden and sys.stderr.isatty()


def _size(files: list[str]) -> int | None:
    """Return the bytes of all files together, None when one is a pipe."""
    try:
        sizes = [0 if file == STDIN else Path(file).stat().st_size for file in files]
    except OSError:
        return None
    return sum(sizes) if all(sizes) else None


@contextmanager
def _output(options: argparse.Namespace) -> Iterator[Callable[[bytes], object]]:
    """Give what writes bytes: to nowhere with --check, to stdout at once, to a file that is complete or not there."""
    if options.check:
        yield lambda _: None
    elif options.output and options.output.exists() and not options.output.is_file():
        with options.output.open("wb") as device:
            yield device.write
    elif options.output:
        with _replaced(options.output.resolve()) as file:
            yield file.write
    else:
        sys.stdout.flush()
        out = getattr(sys.stdout, "buffer", None)
        yield _flushed(out) if out else lambda data: sys.stdout.write(data.decode("utf-8", "replace"))


def _flushed(out: IO[bytes]) -> Callable[[bytes], object]:
    def write(data: bytes) -> None:
        out.write(data)
        out.flush()  # `tail -f app.log | logrouter mask` shows each line as it comes

    return write


@contextmanager
def _replaced(path: Path) -> Iterator[Any]:
    """Open a file beside `path` that takes its place at the end, with the rights of the file it replaces."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
                    yield packed
            else:
                yield raw
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


COMMAND = Command(
    name="mask",
    summary="mask files or stdin, counting per rule",
    describe=(
        "Mask text exactly as logrouter does before anything is sent or stored. The masked text goes to stdout, the\n"
        "counts per rule to stderr; what is not masked stays byte for byte. Each line stands for one log event; only\n"
        "the lines of a private key are taken together. With --whole each input is one text.\n\n"
        "  logrouter mask app.log.gz --output masked.log.gz\n"
        "  tail -f app.log | logrouter mask --of-group /aws/ecs/orders/application\n"
        "  logrouter mask --check --explain app.log\n\n"
        "Exit code 1 when a line could not be masked (it is replaced), or with --check when any rule hits."
    ),
    arguments=arguments,
    run=run,
)
