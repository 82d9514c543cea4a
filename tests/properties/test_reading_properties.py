"""The laws of reading logs: nothing raises, no text is lost, no line is lost, time grows with the text."""

import json
import re
import time
from dataclasses import asdict
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logrouter.model import OWN_MARKER, LogEvent, MaskedEvent, MaskedText, Origin, RawText
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.grouping.templating import template_of
from logrouter.stages.parse import parse
from logrouter.stages.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from logrouter.stages.reading.levels import level_of
from logrouter.stages.select import (
    could_be_error,
    could_be_llm_call,
    refuse_error,
    refuse_errors,
    refuse_llm,
    refuse_llm_calls,
)
from logrouter.stages.stitching.stitch import stitch
from logrouter.stages.traces.registry import LANGUAGES

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/lambda/orders", "stream")
RULES = default_policy().section("errors")
EXAMPLES = [text for each in (*JSON_PARSERS, *TEXT_PARSERS, *LANGUAGES) for text in each.examples]
PARTS = [line for text in EXAMPLES for line in text.split("\n")] + [
    "",
    " ",
    "\t",
    "\xa0\xa0",
    "{",
    "}",
    '"',
    "[",
    "]",
    "=",
    ": ",
    "***MASKED***",
    "us**@example.com",
    "\x1b[31m",
    "결제 실패",
]


def part_of(number: int) -> str:
    return PARTS[number]


PIECES = st.integers(0, len(PARTS) - 1).map(part_of)
LINES = st.one_of(st.text(max_size=60), PIECES, st.lists(PIECES, max_size=4).map("".join))
TEXTS = st.lists(LINES, max_size=12).map("\n".join)
JSON_KEYS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "level",
            "msg",
            "message",
            "time",
            "timestamp",
            "err",
            "error",
            "stack",
            "exception",
            "req",
            "res",
            "record",
            "text",
            "log",
            "stream",
            "type",
        ]
    ),
)
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([50, "ERROR", 502])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(JSON_KEYS, inner, max_size=5)),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(JSON_KEYS, JSON_VALUES, max_size=10)
WORD = re.compile(r"[^\W_]+")
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
FURNITURE = re.compile(
    r"Traceback \(most recent call last\):|\[object\]|\(.*\)|(?<!\w)(?:thread '(?:main')?|panicked at |note: [^\n]*|Exception Group|The above exception was the direct cause of the following exception:"
    r"|During handling of the above exception, another exception occurred:|(?:at|from|File|Caused by|Suppressed)\b"
    r"|\.\.\. \d+ (?:more|common frames omitted|lines matching cause stack trace)|, line (?=\d)|, in (?=\S)|\(at\b"
    r"|End of inner exception stack trace|End of stack trace from previous location|line (?=\d)|Node\.js v\S*"
    r"|Stack trace:|\{main\}|thrown in .*|Uncaught|PHP Fatal error|Next |exit status \d|created by|in goroutine"
    r"|goroutine \d+|\[running\]|\+0x[0-9a-f]+|Exception in thread \"[^\"]*\"|Unhandled exception|#\d+|~?\[[\w./!:-]+\]"
    r"|\basync\b|\[cause\]|\[errors\]|internal function|\[recovered\]|\w{3,8}/)"
)


def record_of(text: str):
    return parse(MaskedEvent(ORIGIN, "1", 1_795_140_000_000, MaskedText(text)))


def words_of(value: object) -> set[str]:
    """Every word in a text or in a value of any shape, escapes of JSON resolved."""
    if isinstance(value, dict):
        return {word for pair in value.items() for part in pair for word in words_of(part)}
    if isinstance(value, list | tuple):
        return {word for part in value for word in words_of(part)}
    return set(WORD.findall(str(value)))


@given(TEXTS)
@settings(max_examples=600, deadline=None)
def test_any_text_becomes_a_record_and_a_decision(text):
    """No text makes parse or classify raise, and no parser fails inside."""
    record = record_of(text)

    classify(record, RULES, "errors")

    assert "parser_fault" not in record.attributes


@given(DOCUMENTS)
@settings(max_examples=400, deadline=None)
def test_any_json_object_becomes_a_record_with_its_document(document):
    """No JSON object makes parse raise; what it held is in the record's document."""
    text = json.dumps(document)

    record = record_of(text)

    assert record.attributes.get("parser_fault") == document.get("parser_fault")
    assert record.document is not None or "log" in document


@given(TEXTS)
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_no_word_of_a_text_is_lost(text):
    """Each word is found again in the record, but for the furniture of stack traces and the numbers of times and levels."""
    record = record_of(text)
    assume(record.document is None and record.format != "logfmt" and not re.search(r"[\\{]", text))

    left = " ".join(words_of(asdict(record)))
    told = COLOUR.sub("", text)
    if record.error and record.error.language:
        told = FURNITURE.sub(" ", told)
    if record.format != "text" or record.error:
        told = " ".join(word for word in WORD.findall(told) if not word.isdecimal() and len(word) > 3)
    lost = {
        word
        for word in WORD.findall(told)
        if word not in left and word.lower() not in left and not _is_header(word, record)
    }
    assert lost == set()


def _is_header(word: str, record) -> bool:
    """Words that a field tells in another form: the level, also right behind a time, a time, the name of a unit."""
    level = re.sub(r"^\d+(?=[a-z]{4}$)", "", word)
    is_level = record.level is not None and (level_of(level) is record.level or word.lower() in {"error", "warning"})
    is_time = re.fullmatch(r"[IWEF]?\d{0,8}T?\d+Z?|\d+ms|UTC|[AP]M", word) is not None
    return (
        is_level
        or is_time
        or (record.format != "text" and word in {"HTTP", "Root", "PHP", "Query_time", "RequestId", "Debug"})
    )


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_a_template_and_its_params_give_the_message_back(text):
    """Nothing is lost between template and params."""
    template, params = template_of(text)

    assert template % params == text


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_what_is_an_issue_is_selected(text):
    """The cheap test lets go on whatever the whole way would call an issue."""
    is_issue = not isinstance(classify(record_of(text), RULES, None), str)

    selected = refuse_error(LogEvent("1", 0, RawText(text)), None) is None

    assert selected or not is_issue


NASTY = [
    *"a \t\n[{}()\"'=:/\\-.,0*@%",
    *[
        "at ",
        "\n    at ",
        "\n\tat a.b(",
        "Caused by: ",
        "\nError: x",
        "\nTraceback (most recent call last):\n",
        '\n  File "',
    ],
    *[
        "\n  | ",
        "\n+---------------- 1 ----------------",
        "\ngoroutine 1 [running]:\n",
        "\n\tpanic: ",
        "a.go:1\n\ta.go:1\n",
    ],
    *[
        "\n#0 a(1): b()",
        "\nStack trace:\n",
        "a:1:in `b': ",
        " ---> ",
        "[cause]: ",
        "\n  [errors]: [",
        "\x1b[",
        "a@a",
        "http://",
    ],
    *[
        "ERROR ",
        "[ERROR]\t",
        "2026-11-20 10:00:00 ",
        '{"a":',
        "[[",
        "a=b ",
        'a="',
        "1.",
        "REPORT RequestId: x\t",
        '" 5',
        "_token",
    ],
]


@pytest.mark.parametrize("unit", NASTY)
def test_time_grows_no_faster_than_the_text(unit):
    """Four times as many characters made to hurt a pattern take about four times as long to read."""
    heads = [
        "",
        "2026-11-20 10:00:00 ",
        "[ERROR] ",
        "Error: x\n    at f (a:1:1) {\n",
        "panic: ",
        '{"msg":"',
        "http 2026-11-20T10:00:00Z ",
    ]

    def seconds_of(characters):
        texts = [head + unit * (characters // len(unit)) for head in heads]
        start = time.process_time()
        for text in texts:
            classify(record_of(text), RULES, "errors")
            could_be_error(text)
            could_be_llm_call(text)
            stitch([LogEvent("1", 0, RawText(line)) for line in text[: characters // 4].split("\n")])
        return time.process_time() - start

    assert any(seconds_of(60_000) < 10 * seconds_of(15_000) + 0.2 for _ in range(3))


EDGES = [
    "fine",
    "",
    "err x",
    "fine err",
    '" 502',
    '" 50',
    "2",
    "at x",
    "https 2026-x 502 ",
    "E1120 ",
    f"{{{OWN_MARKER}}}",
]
"""Lines that match at their first or last character, or only with what stands beside them."""


@pytest.mark.parametrize("kind", [None, "errors", "llm"])
@pytest.mark.parametrize(("together", "alone"), [(refuse_errors, refuse_error), (refuse_llm_calls, refuse_llm)])
def test_neighbours_decide_nothing(together, alone, kind):
    """Whether a log event goes on is a matter of its own text, whatever stands before and behind it."""
    rows = [[LogEvent("1", 0, RawText(line)) for line in lines] for lines in product(EDGES, repeat=3)]

    assert [[alone(event, kind) for event in row] for row in rows] == [together(row, kind) for row in rows]
