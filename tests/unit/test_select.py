"""What the cheap test on raw text lets go on, and what it keeps out."""

import builtins

import pytest

from logrouter.model import OWN_MARKER, DropReason, LogEvent, RawText
from logrouter.stages import select
from logrouter.stages.select import (
    NEIGHBOURS,
    could_be_error,
    could_be_llm_call,
    refuse_error,
    refuse_errors,
    refuse_llm,
)

ERRORS = [
    '{"level":50,"msg":"x"}',
    '{"level": 60, "msg":"x"}',
    '{"Level" : "Error","msg":"x"}',
    '{"level":"FATAL"}',
    '{"severity":"CRITICAL"}',
    '{"@l":"Fatal"}',
    '{"severity_number": 17}',
    '{"level":400,"level_name":"X"}',
    '{"level_value":40000}',
    '{"levelno":40}',
    '{"level":3,"short_message":"x"}',
    '{"msg":"x","statusCode":502}',
    '{"status": "503"}',
    '{"res":{"statusCode":500}}',
    "[ERROR]\t2026-11-20T02:00:00.123Z\tid\tx",
    "Traceback (most recent call last):",
    "java.lang.IllegalStateException: x",
    "panic: x",
    "2026-11-20T02:00:03.123Z id Task timed out after 3.00 seconds",
    "RequestId: id Error: Runtime exited with error: signal: killed",
    '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "GET / HTTP/1.1" 502 157 "-" "curl"',
    'https 2026-11-20T02:00:00.1Z app/x/1 10.0.0.7:1 10.0.0.8:80 0.1 0.1 0.1 504 - 0 57 "GET / HTTP/1.1"',
    "E1120 02:00:00.123456       7 pay.go:12] x",
    "[02:00:00 ERR] x",
    "심각: x",
]
NO_ERRORS = [
    '{"level":30,"msg":"order placed","statusCode":200,"durationMs":500}',
    '{"level":"info","msg":"order 5000 placed"}',
    "START RequestId: id Version: $LATEST",
    "2024-12-16 10:00:00 [INFO] __main__: Peer abc-123 connected",
    '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "GET / HTTP/1.1" 200 5021 "-" "curl"',
    'https 2026-11-20T02:00:00.1Z app/x/1 10.0.0.7:1 10.0.0.8:80 0.1 0.1 0.1 200 200 0 57 "GET / HTTP/1.1"',
    "",
]
LLM_CALLS = [
    '{"type":"llm","model":"gpt-5"}',
    '{"usage":{"prompt_tokens":3}}',
    '{"usage":{"inputTokens":3}}',
    '{"usageMetadata":{"promptTokenCount":3}}',
    '{"gen_ai.usage.output_tokens":3}',
    '{"schemaType":"ModelInvocationLog"}',
    '{"msg":"langchain run"}',
    '{"tokens_in":3}',
]


def event(text):
    return LogEvent("1", 0, RawText(text))


@pytest.fixture(params=["re2", "re"])
def engine(request, monkeypatch):
    """Both engines: RE2 as deployed, the standard library where its wheel is missing."""
    imported = builtins.__import__

    def without_re2(name, *args, **more):
        if name == "re2":
            raise ImportError(name)
        return imported(name, *args, **more)

    if request.param == "re":
        monkeypatch.setattr(builtins, "__import__", without_re2)
    select._test.cache_clear()
    yield
    select._test.cache_clear()


@pytest.mark.parametrize("text", ERRORS)
@pytest.mark.usefixtures("engine")
def test_errors_go_on(text):
    """Whatever could be an error goes on, in any spelling of the supported formats."""
    assert could_be_error(text)


@pytest.mark.parametrize("text", NO_ERRORS)
@pytest.mark.usefixtures("engine")
def test_ordinary_lines_end_here(text):
    """Ordinary information costs nothing more than this test."""
    assert not could_be_error(text)


@pytest.mark.parametrize("text", LLM_CALLS)
@pytest.mark.usefixtures("engine")
def test_calls_of_language_models_go_on(text):
    """Whatever could be a call of a language model goes on."""
    assert could_be_llm_call(text)


def test_lone_surrogates_are_no_obstacle():
    """Text that has no UTF-8 form is tested all the same."""
    assert (could_be_error("\ud800 error"), could_be_error("\ud800 fine")) == (True, False)


@pytest.mark.parametrize("refuse", [refuse_error, refuse_llm])
@pytest.mark.parametrize("kind", ["errors", "llm", None])
def test_own_records_are_refused_everywhere(refuse, kind):
    """logrouter's own lines never go on, so that it cannot feed itself."""
    assert refuse(event(f'{{"level":"ERROR",{OWN_MARKER}}}'), kind) is DropReason.OWN_RECORD


def test_a_group_of_its_kind_goes_on_whole():
    """In groups of kind errors or llm nothing is refused."""
    assert (refuse_error(event("fine"), "errors"), refuse_llm(event("fine"), "llm")) == (None, None)


def test_a_group_of_another_kind_is_tested():
    """In every other group the text decides."""
    assert (refuse_error(event("fine"), "llm"), refuse_llm(event("fine"), None)) == (DropReason.NOT_SELECTED,) * 2


@pytest.mark.parametrize("text", ERRORS)
def test_errors_are_found_among_others(text):
    """An error goes on wherever it stands in a payload, and nothing goes on with it."""
    quiet = [event("fine")] * (NEIGHBOURS + 1)

    refusals = refuse_errors([*quiet, event(text), *quiet], None)

    assert [*[DropReason.NOT_SELECTED] * len(quiet), None, *[DropReason.NOT_SELECTED] * len(quiet)] == refusals
