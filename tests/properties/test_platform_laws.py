"""Lines of platforms, containers and front doors that came cut, changed or with odd values are read without a fault."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.model import Issue, MaskedText
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.merging.merge import merge
from logrouter.stages.parse import parse
from tests.unit.test_platform_samples import SAMPLES, events_of, masked, origin_of, sample_of

RULES = default_policy().section("errors")
LINES = [(origin_of(sample), event) for sample in map(sample_of, SAMPLES) for event in events_of(sample)]
DOCUMENTS = [(origin, event) for origin, event in LINES if event.message.startswith("{")]
ODD = [None, True, 0, -1, 1e300, "", " ", "x", "5" * 40, [], {}, [None], [[]], [{}], {"a": []}, "\x00", "결제"]


def places_of(value, path=()):
    """Every place in a JSON value that another value can be put at."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places_of(item, (*path, key))
    return found


def changed(document, path, value):
    copy = json.loads(json.dumps(document))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


def read(origin, event, text):
    event = event._replace(message=text)
    return parse(masked(event, origin))


@given(st.integers(0, len(DOCUMENTS) - 1), st.data())
@settings(max_examples=800, deadline=None)
def test_odd_values_anywhere_are_read_without_a_fault(number, data):
    """Whatever stands at any place of a document, it becomes a record and a decision."""
    origin, event = DOCUMENTS[number]
    document = json.loads(event.message)
    places = places_of(document)
    place = places[data.draw(st.integers(0, len(places) - 1))]

    record = read(origin, event, json.dumps(changed(document, place, ODD[data.draw(st.integers(0, len(ODD) - 1))])))

    classify(record, RULES, None)
    assert "parser_fault" not in record.attributes


@given(st.integers(0, len(LINES) - 1), st.integers(0, 3000), st.integers(0, 40), st.text(max_size=6))
@settings(max_examples=800, deadline=None)
def test_cut_and_changed_lines_are_read_without_a_fault(number, at, length, text):
    """A line with a piece cut out and other text in its place becomes a record."""
    origin, event = LINES[number]
    whole = event.message

    record = read(origin, event, whole[: at % (len(whole) + 1)] + text + whole[at % (len(whole) + 1) + length :])

    assert "parser_fault" not in record.attributes


@given(st.lists(st.integers(0, len(LINES) - 1), max_size=20), st.data())
@settings(max_examples=300, deadline=None)
def test_any_mixture_of_lines_is_joined_without_losing_one(numbers, data):
    """Lines of all samples in any order, in one stream: nothing raises, no line is lost, what was an issue stays one."""
    origin = LINES[data.draw(st.integers(0, len(LINES) - 1))][0]
    records = [parse(masked(LINES[number][1], origin)) for number in numbers]
    is_issue = [isinstance(classify(record, RULES, None), Issue) for record in records]

    left = merge(records, is_issue)

    assert sum(one.record.lines for one in left) == len(records)
    assert any(isinstance(classify(one.record, RULES, None), Issue) for one in left) == any(is_issue)


HEADS = [
    "REPORT RequestId: x\t",
    "RequestId: x Error: ",
    "INIT_REPORT ",
    "2026/11/20 02:00:00 [error] 7#7: *1 ",
    "[Fri Nov 20 02:00:00.123456 2026] [core:error] [pid 7] ",
    '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "',
    "10.0.0.7,20/Nov/2026:02:00:00 +0000,",
    '<request id="x">',
    "(52fdfc07-2182-454f-963f-5f0f9a621d72) ",
    '[2026-11-20T02:00:00.123Z] "GET / HTTP/1.1" 503 ',
    "[2026-11-20 02:00:00.123][1][error][main] [",
    "https 2026-11-20T02:00:00.186641Z app/x ",
    "FATAL ERROR: ",
    "<--- FATAL ERROR: ",
    "Fatal Python error: x",
    "Nov 20 02:00:00 host kernel: [ 1.000000] ",
    "2026-11-20T02:00:00.123Z stderr F ",
    "# A fatal error has been detected by the Java Runtime Environment:",
    "",
]
UNITS = [
    *' \t,:"[]()<>#-=a1\n/*',
    ", client: ",
    ' "a"',
    "Status: ",
    "\tDuration: 1 ms",
    "2026-11-20T02:00:00.123Z stderr F ",
    '  File "a", line 1 in b\n',
    "Lambda execution failed with status ",
    "Execution failed due to a a a",
    "x[1]: ",
    "Killed process ",
    "<a>b</a>",
    "f memory: Kill ",
    " due to java.lang.OutOfMemoryError",
]


@pytest.mark.parametrize("head", HEADS)
def test_time_grows_no_faster_than_the_text(head):
    """Fifty thousand characters made to hurt a pattern are read in well under a second each."""
    origin, event = LINES[0]
    texts = [head + unit * (50_000 // len(unit)) for unit in UNITS]

    start = time.process_time()
    for text in texts:
        read(origin, event, MaskedText(text))
    spent_s = time.process_time() - start

    assert spent_s < 1.0 * len(texts)
