"""`logrouter mask`: the same masking as in the functions, at a terminal."""

import base64
import gzip
import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from logrouter_cli.main import main
from logrouter_local import samples

PHONE = "010-" + "0412-8837"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(f"nothing here\ncall {PHONE}\r\n".encode())
    return str(path)


@pytest.fixture
def masked(capfdbinary):
    def run(*arguments):
        code = main(["mask", *arguments])
        shown = capfdbinary.readouterr()
        return code, shown.out, shown.err.decode()

    return run


def test_text_goes_to_stdout_and_counts_to_stderr(log, masked):
    """Each line comes back masked, its line end as it was; the counts name rules, not values."""
    code, out, err = masked(log)

    assert (code, out) == (0, b"nothing here\ncall 010-****-8837\r\n")
    assert "1  values masked" in err
    assert PHONE not in err


def test_explain_names_line_column_path_and_rule(tmp_path, masked):
    """--explain says which rule hit where: the column, the path of keys in JSON; no value, no text around it."""
    path = tmp_path / "app.log"
    path.write_text(f'a\ncall {PHONE}\n{{"secretive": {{"mobile": "{PHONE}"}}, "note": "silent"}}\n')

    _, _, err = masked("--explain", str(path))

    assert err.splitlines()[:2] == [
        "line 2 column 6: phone.mobile",
        "line 3 column 27 (secretive.mobile): phone.key",
    ]
    assert "silent" not in err
    assert PHONE not in err


def test_explained_text_and_counts_are_the_same(log, masked):
    """--explain changes nothing of text and counts."""
    _, out, err = masked(log)
    _, explained, said = masked("--explain", log)

    assert explained == out
    assert said.splitlines()[1:] == err.splitlines()


@pytest.mark.parametrize("data", [b"a\xff\xfe\x80 \r\nb", b"", b"\n\n", "비밀번호 없음\n".encode("cp949"), b"a\0b\n"])
def test_what_is_not_masked_stays_byte_for_byte(data, tmp_path, masked):
    """Foreign bytes, line ends, an end without a line feed: all come out as they went in."""
    path = tmp_path / "app.log"
    path.write_bytes(data)

    assert masked(str(path))[1] == data


def test_wide_text_is_masked_and_stays_wide(tmp_path, masked):
    """A UTF-16 file is masked and comes out as UTF-16 with its mark."""
    path = tmp_path / "app.log"
    path.write_bytes(f"call {PHONE}\r\n".encode("utf-16"))

    assert masked(str(path))[1].decode("utf-16") == "call 010-****-8837\r\n"


def test_a_packed_file_is_masked_into_a_packed_file(tmp_path, masked):
    """gzip goes in, and comes out where the name of --output ends with .gz; the same input gives the same bytes."""
    path, out = tmp_path / "app.log.gz", tmp_path / "masked.log.gz"
    path.write_bytes(gzip.compress(f"call {PHONE}\n".encode()))

    first = masked(str(path), "--output", str(out)), out.read_bytes()

    assert first[0][:2] == (0, b"")
    assert gzip.decompress(out.read_bytes()) == b"call 010-****-8837\n"
    assert (masked(str(path), "--output", str(out)), out.read_bytes()) == first


def test_a_file_can_be_masked_in_place(log, tmp_path, masked):
    """--output may name the input: it is replaced when all of it is masked, and keeps its rights."""
    Path(log).chmod(0o640)

    masked(log, "--output", log)

    assert Path(log).read_bytes() == b"nothing here\ncall 010-****-8837\r\n"
    assert Path(log).stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["app.log"]


def test_output_through_a_link_goes_where_it_leads(log, tmp_path, masked):
    """A link stays a link: the file behind it is replaced."""
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "masked.log", tmp_path / "link.log"
    target.write_text("old")
    link.symlink_to(target)

    masked(log, "--output", str(link))

    assert link.is_symlink()
    assert target.read_bytes() == b"nothing here\ncall 010-****-8837\r\n"


def test_output_to_a_pipe_or_device_is_written_into_it(log, tmp_path, masked):
    """`--output /dev/null` must not put a file in the place of the device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    masked(log, "--output", str(pipe))

    assert pipe.is_fifo()
    assert os.read(reader, 100) == b"nothing here\ncall 010-****-8837\r\n"
    os.close(reader)


def test_the_same_text_packs_to_the_same_bytes(log, tmp_path, masked):
    """A packed output holds no time, so that it can be compared and stored by its hash."""
    masked(log, "--output", str(tmp_path / "masked.log.gz"))

    assert (tmp_path / "masked.log.gz").read_bytes()[4:8] == bytes(4)


def test_a_line_is_shown_as_it_comes():
    """`tail -f app.log | logrouter mask` answers each line before the next one is there."""
    command = [sys.executable, "-m", "logrouter_cli.main", "mask"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=buffered, **pipes) as process:
        process.stdin.write(f"call {PHONE}\n".encode())
        process.stdin.flush()
        answered, _, _ = select.select([process.stdout], [], [], 60)
        shown = process.stdout.readline() if answered else b""
        process.stdin.close()

    assert shown == b"call 010-****-8837\n"


def test_a_line_of_a_whole_text_is_explained_by_its_number(log, masked):
    """With --whole the text is one, and a finding still has its line."""
    assert "line 2 column 6: phone" in masked(log, "--whole", "--explain")[2]


def test_output_is_whole_or_not_there(tmp_path, masked):
    """When the input ends too early, the file that was there stays, and nothing half-written is left."""
    broken, out = tmp_path / "broken.gz", tmp_path / "out.log"
    lines = "\n".join(str(at) * 40 for at in range(100_000)).encode()
    broken.write_bytes(gzip.compress(lines)[:-50_000])
    out.write_text("before")

    code, _, err = masked(str(broken), "--output", str(out))

    assert (code, out.read_text()) == (2, "before")
    assert err == f"logrouter mask: {broken} the compressed data end too early\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.gz", "out.log"]


def test_counts_as_json(log, masked):
    """--json writes the counts as one object: to stdout where no text goes there, else to stderr."""
    expected = {"lines": 2, "values": 1, "failed": 0, "rules": {"phone.mobile": 1}}

    checked, text = masked("--json", "--check", log), masked("--json", log)

    assert (checked[0], json.loads(checked[1])) == (1, expected)
    assert json.loads(text[2]) == expected


def test_several_files_come_out_behind_each_other(log, masked):
    """More than one file: their text follows in order, --explain names the file."""
    _, out, err = masked("--explain", log, log)

    assert out == b"nothing here\ncall 010-****-8837\r\n" * 2
    assert err.startswith(f"{log}: line 2 column 6: ")


def test_a_line_that_cannot_be_masked_is_replaced(log, masked, monkeypatch):
    """The raw line is never written: the placeholder stands for it, and the exit code says so."""

    def fail(*_):
        raise ValueError(PHONE)

    monkeypatch.setattr("logrouter.masking.Masker.mask_text", fail)

    code, out, err = masked(log)

    assert (code, out) == (1, b"[logrouter: masking failed]\n[logrouter: masking failed]\r\n")
    assert "2 lines could not be masked" in err
    assert PHONE not in err


def test_pseudonyms_are_made_with_the_keys_of_a_file(tmp_path, masked):
    """With --pseudonym-keys rules that make pseudonyms make them; without, values are hidden whole, and that is said."""
    policy, keys, log = (tmp_path / name for name in ("policy.json", "keys.json", "app.log"))
    policy.write_text(json.dumps({"masking": {"enable": ["pseudonym.user_id"]}}))
    keys.write_text(json.dumps({"current": "k3", "keys": {"k3": base64.b64encode(bytes(32)).decode()}}))
    log.write_text('{"userId": "user-4711"}\n')

    _, with_keys, _ = masked(str(log), "--policy", str(policy), "--pseudonym-keys", str(keys))
    _, without, said = masked(str(log), "--policy", str(policy))

    assert json.loads(with_keys)["userId"].startswith("user-k3-")
    assert json.loads(without) == {"userId": "***MASKED***"}
    assert said.startswith("no --pseudonym-keys")


def test_broken_pseudonym_keys_end_the_command(tmp_path, log, masked):
    """A file of keys that is none is refused without showing any of it."""
    keys = tmp_path / "keys.json"
    keys.write_text('{"current": "k1", "keys": {"k1": "tooshort"}}')

    code, out, err = masked(log, "--pseudonym-keys", str(keys))

    assert (code, out) == (2, b"")
    assert "tooshort" not in err


def test_an_unknown_encoding_is_named(log, masked):
    """A wrong --encoding ends with one line."""
    assert masked("--encoding", "klingon", log)[::2] == (2, "logrouter mask: 'klingon' is no encoding of text\n")


def test_the_bar_says_how_far_and_is_wiped(log, capfd, monkeypatch):
    """Where stderr is a terminal, a line shows percent, rate and hits; at the end it is gone."""
    monkeypatch.setattr("logrouter_cli.progress.EVERY_S", -1)
    monkeypatch.setattr("logrouter_cli.mask._shows_progress", lambda _: True)

    main(["mask", "--check", log])

    shown = capfd.readouterr().err
    assert "[########################] 100% 0.0 MB, " in shown
    assert "2 lines, 1 values masked" in shown
    assert shown.split("\r")[-2].strip() == ""


def test_check_fails_a_build(log, tmp_path, capsys):
    """--check writes no text; exit code 1 when anything would be masked, 0 when nothing would."""
    clean = tmp_path / "clean.log"
    clean.write_text("order 8841 placed\n")

    assert [main(["mask", "--check", log]), main(["mask", "--check", str(clean)])] == [1, 0]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "name", [name for function in ("forward_errors", "trace_llm") for name in samples.documents(function)]
)
def test_no_planted_value_survives_line_by_line(name, tmp_path, capsys):
    """The messages of every sample come out without any planted value."""
    path = tmp_path / "sample.log"
    lines = [event["message"].replace("\n", "\\n") for event in samples.render(name)["logEvents"]]
    path.write_text("\n".join(lines), "utf-8")

    main(["mask", str(path), "--group", samples.raw(name)["logGroup"]])

    assert samples.leaks(capsys.readouterr().out.encode()) == []


def test_a_key_over_several_lines_is_seen_as_a_whole(tmp_path, capsys):
    """--whole masks a private key whose lines are lines of the file."""
    path = tmp_path / "key.txt"
    path.write_text(f"dump:\n{samples.planted()['pem_1']}end\n")

    main(["mask", "--whole", str(path)])

    shown = capsys.readouterr().out
    assert samples.leaks(shown.encode()) == []
    assert shown.endswith("end\n")


def test_a_refused_policy_ends_the_command(tmp_path, log, capsys):
    """A policy that does not validate is named with its place; nothing is masked with half a policy."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"unknown": {}}))

    assert main(["mask", "--policy", str(policy), log]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "policy refused at document" in shown.err


def test_names_of_files_are_shown_masked(tmp_path, masked):
    """A file may be named after a customer: neither places nor errors show more of the name than a scan does."""
    named, broken = tmp_path / f"export-{PHONE}.log", tmp_path / f"{PHONE}.gz"
    named.write_text(f"call {PHONE}\n")
    broken.write_bytes(b"\x1f\x8b\x08damaged")

    code, _, places = masked("--explain", str(named), str(named))
    failed, _, errors = masked(str(broken))

    assert (code, failed) == (0, 2)
    assert "010-****-8837.log: line 1 column 6: phone.mobile" in places
    assert "010-****-8837.gz" in errors
    assert PHONE not in places + errors
