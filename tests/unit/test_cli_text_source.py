"""Text of any size, packing and encoding as lines; what was read can be written back byte for byte."""

import bz2
import gzip
import io
import lzma
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter_cli.reading import text as text_source
from logrouter_cli.reading.text import BinaryError, TextSource, open_source
from logrouter_cli.reading.unpacking import UnreadableError
from logrouter_local import samples

KEY = samples.planted()["pem_1"]


def source_of(data, **options):
    return TextSource(io.BytesIO(data), **options)


def lines_of(source):
    return [line for block in source.blocks() for line in block.lines]


def written(source):
    return b"".join(
        source.encode("\n".join(block.lines) + ("\n" if block.is_closed else "")) for block in source.blocks()
    )


@given(st.binary(max_size=300).map(lambda data: b"log " + data.replace(b"\0", b"\n")), st.integers(1, 40))
def test_what_is_read_is_written_back(data, block_bytes):
    """Bytes that are no UTF-8, carriage returns and a missing last line feed survive, wherever a block ends."""
    before, text_source.BLOCK_BYTES = text_source.BLOCK_BYTES, block_bytes
    try:
        assert written(source_of(data)) == data
    finally:
        text_source.BLOCK_BYTES = before


PIECES = [
    "log line",
    "",
    "\r",
    "MIIEvQ" + "IBADANBg",
    "Proc-Type: 4",
    *KEY.split("\n")[:1],
    *KEY.rstrip().split("\n")[-1:],
]


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.integers(1, 60), st.booleans())
def test_lines_of_keys_lose_and_move_nothing(pieces, block_bytes, ends):
    """Whole, cut off and broken keys: every byte comes back, and each line has the number it has in the file."""
    text = "log\n" + "\n".join(pieces) + ("\n" if ends else "")
    before, text_source.BLOCK_BYTES = text_source.BLOCK_BYTES, block_bytes
    try:
        blocks = list(source_of(text.encode()).blocks())
        assert written(source_of(text.encode())) == text.encode()
    finally:
        text_source.BLOCK_BYTES = before
    lines = text.split("\n")
    for block in blocks:
        for number, line in block.numbered():
            assert line.split("\n")[0] == lines[number - 1]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_packed_text_is_unpacked(pack):
    """gzip, bzip2 and xz are known by their first bytes."""
    assert lines_of(source_of(pack(b"one\ntwo\n"))) == ["one", "two"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_wide_text_is_known_by_its_mark_or_its_zero_bytes(encoding):
    """UTF-16 with and without a byte order mark is read, and written back as it was."""
    data = "first line\nsecond line\n".encode(encoding)

    assert lines_of(source_of(data))[1] == "second line"
    assert written(source_of(data)) == data


def test_an_encoding_can_be_named():
    """A file in the older Korean encoding is read and written back."""
    data = "비밀번호 없음\n".encode("cp949")

    assert lines_of(source_of(data, encoding="cp949")) == ["비밀번호 없음"]
    assert written(source_of(data, encoding="cp949")) == data


@pytest.mark.parametrize("block_bytes", [7, 64, 1 << 20])
def test_a_private_key_is_one_text(block_bytes, monkeypatch):
    """The lines of a key come together, wherever a block ends; lines around it stay lines, numbers go on behind it."""
    monkeypatch.setattr(text_source, "BLOCK_BYTES", block_bytes)
    data = f"before\n{KEY}after\n".encode()

    blocks = list(source_of(data).blocks())

    assert [line for block in blocks for line in block.lines] == ["before", KEY.rstrip("\n"), "after"]
    assert blocks[-1].first + len(blocks[-1].lines) - 1 == 3 or blocks[-1].first == KEY.count("\n") + 2
    assert written(source_of(data)) == data


def test_a_key_that_is_cut_off_ends_with_what_looks_like_it():
    """A key without an end takes no ordinary log line with it."""
    cut = "\n".join(KEY.split("\n")[:3])

    assert lines_of(source_of(f"{cut}\nGET /orders 200 in 3 ms\n".encode())) == [cut, "GET /orders 200 in 3 ms"]
    assert lines_of(source_of(cut.encode())) == [cut]


def test_a_cut_off_gzip_gives_its_lines_and_then_says_so():
    """What can be unpacked is read; the end is an error, not silence."""
    noise = "\n".join(f"{random.Random(at).random()}" for at in range(200_000)).encode()
    source = source_of(gzip.compress(noise)[:-100_000])
    seen = []

    with pytest.raises(UnreadableError, match="end too early"):
        seen.extend(source.blocks())
    assert len(seen) >= 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x1f\x8b\x08garbage-garbage", "damaged|too early"),
        (b"BZh9garbage-garbage", "damaged"),
        (b"\xfd7zXZ\0garbage-garbage", "damaged"),
        (b"\x28\xb5\x2f\xfd....", "zstd"),
        (b"\x7fELF\0\0\0\1" * 20, "no text"),
    ],
)
def test_what_is_no_text_is_said_to_be_none(data, why):
    """Damaged and foreign data are refused with a reason."""
    with pytest.raises(UnreadableError, match=why):
        lines_of(source_of(data))


def test_a_program_is_binary():
    """Zero bytes that are no UTF-16 make a file binary."""
    with pytest.raises(BinaryError):
        source_of(b"\x7fELF\0\0\0\1" * 20)


def test_a_line_without_end_is_refused(monkeypatch):
    """Memory stays bounded: a line beyond the limit is named by its number."""
    monkeypatch.setattr(text_source, "LINE_LIMIT_CHARS", 1000)
    monkeypatch.setattr(text_source, "BLOCK_BYTES", 100)

    with pytest.raises(UnreadableError, match="line 2 is longer"):
        lines_of(source_of(b"short\n" + b"x" * 2000))


def test_a_file_can_be_read_whole(tmp_path):
    """`read` gives all of it, up to a limit."""
    path = tmp_path / "a.log"
    path.write_bytes(b"a\nb")

    assert open_source(str(path)).read() == "a\nb"
    with pytest.raises(UnreadableError, match="too long"):
        open_source(str(path)).read(limit_chars=2)


def test_a_key_without_end_is_waited_for_only_so_long():
    """A head of a private key that nothing ends must not gather the rest of the input."""
    head = "-----BEGIN " + "PRIVATE KEY-----"

    short = text_source.join_keys([head, *["A" * 64] * 3])
    long = text_source.join_keys([head, *["A" * 64] * (text_source.KEY_LINES - 1)])

    assert short == ([], [head, *["A" * 64] * 3])
    assert (len(long[0]), long[1]) == (1, [])


def test_zeros_behind_a_packed_file_are_padding():
    """Tapes and block devices fill up with zeros; gzip itself takes them for the end."""
    assert lines_of(source_of(gzip.compress(b"one\ntwo\n") + bytes(512))) == ["one", "two"]


def test_stdin_stays_open(monkeypatch):
    """It belongs to whoever started the command."""
    stdin = io.TextIOWrapper(io.BytesIO(b"text\n"))
    monkeypatch.setattr("sys.stdin", stdin)

    with text_source.open_source("-") as source:
        read = source.read()

    assert (read, stdin.buffer.closed) == ("text\n", False)
