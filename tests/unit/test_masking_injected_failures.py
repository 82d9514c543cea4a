"""Whatever line of the masker fails, no raw value goes on: an exception is put into each line that masking reaches."""

import gc
import json
import sys
from functools import _lru_cache_wrapper, partial
from itertools import cycle
from pathlib import Path
from re import PatternError

import pytest

import logrouter.masking as package
from logrouter.masking import FAILED, Masker, default_masker
from logrouter.masking.rules.table import example_text
from logrouter.model import LogEvent, Origin, RawText
from logrouter.policy import default_policy
from logrouter.policy.load import load_policy
from logrouter.stages.mask import mask_event
from tests.data.masking_corpus import KEY_VALUE, KEYS, NUMBERS, TOKENS
from tests.data.masking_nestings import NESTINGS
from tests.fuzz.decodings import shows
from tests.fuzz.sabotage import called_apart, failing, lines_reached

ROOT = Path(package.__file__).parent
LINES = json.loads((Path(__file__).parent.parent / "data" / "masking_lines.json").read_text("utf-8").replace("¦", ""))
PROBES = [
    *[(case["record"], case["hidden"]) for case in LINES["masked"]],
    *[(f"고객 {text} 확인", hidden) for _, text, _, hidden in NUMBERS],
    *[({"a": [f"got {token} ok"]}, [token[-8:]]) for token in list(TOKENS.values())[:8]],
    *[({key: KEY_VALUE, "n": 1, key + "2": {"m": [KEY_VALUE]}}, [KEY_VALUE]) for key in KEYS[::6]],
    *[(nest("password=" + KEY_VALUE), [KEY_VALUE]) for nest in NESTINGS.values()],
    ({"phone": ["010", "12" + "34", "5678"], "c": {"columns": ["password"], "rows": [[KEY_VALUE]]}}, [KEY_VALUE]),
    (
        {"user": (KEY_VALUE, {"password": KEY_VALUE.encode()}), "tags": {"token=" + KEY_VALUE}},
        ["password=" + KEY_VALUE],
    ),
]
WITH_OPTIONAL = {
    "masking": {"enable": [rule["id"] for rule in default_policy().section("masking")["rules"] if rule.get("optional") and rule["id"] != "ip.whole"]}
}  # fmt: skip
PROBES += [
    (example_text(example["text"]), [example_text(example["text"])])
    for rule in default_policy().section("masking")["rules"]
    if rule.get("optional")
    for example in rule["examples"]["positive"]
]
ERRORS = [MemoryError(), RecursionError(), KeyError("x"), PatternError("x"), AttributeError("x"), RuntimeError("x"), ZeroDivisionError()]  # fmt: skip
DOORS = {"mask", "mask_event", "mask_closed", "default_masker"}
"""Functions around the engine: a failure of their own first line reaches the caller, and with it nothing of the text."""
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/gateway/errors", "web/1")


CACHES = [
    cache
    for cache in gc.get_objects()
    if isinstance(cache, _lru_cache_wrapper) and cache.__module__.startswith(package.__name__) and cache is not default_masker
]  # fmt: skip


def forget():
    """Empty every cache of the package, so that a line once reached is reached again."""
    for cache in CACHES:
        cache.cache_clear()


def masked(masker, record):
    """Mask a record the way handlers do (text) and the way users do (both); what is raised stands for it."""
    try:
        alone = masker.mask(record)
        if not isinstance(record, str):
            return alone
        event, failed = mask_event(LogEvent("1", 1, RawText(record)), ORIGIN, masker.mask_text)
        assert (event.message == FAILED) == failed
    except tuple(map(type, ERRORS)) as error:
        return error
    return [alone, event.message]


def text_of(value):
    return json.dumps(value, ensure_ascii=False, default=repr)


def new_masker():
    """Return a masker with every optional rule in force."""
    return Masker(load_policy(json.dumps(WITH_OPTIONAL)))


@pytest.fixture(scope="module")
def expected():
    """What the probes look like when nothing fails."""
    masker = new_masker()
    return [text_of(masked(masker, record)) for record, _ in PROBES]


@pytest.fixture(scope="module")
def reached():
    """Every line of the package that masking the probes reaches, with the first probe that does."""
    forget()
    masker = new_masker()
    places = {}
    for number, (record, _) in enumerate(PROBES):
        for code, line in lines_reached(lambda record=record: masked(masker, record), str(ROOT)):
            places.setdefault((code, line), number)
    return {place: number for place, number in places.items() if place[0].co_name != "<module>"}


@pytest.mark.parametrize("module", sorted(path.stem for path in ROOT.glob("*.py")))
def test_no_failing_line_lets_a_raw_value_through(reached, expected, module):
    """A failure of any line of the module leaves the placeholder, or the very mask of a record that did not fail."""
    masker, errors = new_masker(), cycle(ERRORS)
    faults, missed, tried = [], 0, 0

    for (code, line), number in reached.items():
        if Path(code.co_filename).stem != module:
            continue
        record, hidden = PROBES[number]
        forget()
        with failing(code, line, next(errors)) as times:
            result = called_apart(partial(masked, masker, record))
        tried, missed = tried + 1, missed + (not times)
        place = f"{module}:{line} {code.co_name}"
        if isinstance(result, BaseException):
            faults += [] if code.co_name in DOORS else [f"{place} raised {type(result).__name__}"]
        elif shows(text_of(result), hidden):
            faults.append(f"{place} let a value through")
        elif FAILED not in text_of(result) and text_of(result) != expected[number]:
            faults.append(f"{place} masked in another way")

    assert faults == []
    assert missed <= max(tried // 6, 1)  # compiled patterns are kept for good


def test_masker_is_well_again_after_failures(reached):
    """What failed leaves nothing behind: the same masker masks everything afterwards."""
    masker = new_masker()
    before = [text_of(masker.mask(record)) for record, _ in PROBES]
    places = [place for place in reached if place[0].co_name not in DOORS]
    for (code, line), error in zip(places[::7], cycle(ERRORS), strict=False):
        with failing(code, line, error):
            called_apart(partial(masked, masker, PROBES[reached[code, line]][0]))

    assert [text_of(masker.mask(record)) for record, _ in PROBES] == before
    assert sys.exception() is None, "an exception that was handled would be the context of those of other tests"


def test_probes_reach_the_engine(reached):
    """The probes reach most of the package's code, and failures are really raised there."""
    code, line = next(place for place in reached if place[0].co_name == "mask_text")
    with failing(code, line, MemoryError()) as times:
        result = default_masker().mask("password=" + KEY_VALUE)

    assert (times, result) == ([line], FAILED)
    assert len(reached) > 800
    assert {Path(code.co_filename).stem for code, _ in reached} >= {"engine", "text", "walk", "tree", "views", "numbers", "assignments", "encoded", "keys", "judgement", "table", "tables"}  # fmt: skip
