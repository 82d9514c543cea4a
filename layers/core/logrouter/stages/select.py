"""Decides on raw text, without parsing it, whether a log event could be an error or a call of a language model.

Broad on purpose: what it lets through is judged after masking and parsing; what it refuses is never looked at again.
All patterns are tried in one pass (RE2's set matching), because every log event of every subscribed group comes here.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, partial

from logrouter.model import OWN_MARKER, DropReason, LogEvent

ERROR_PATTERNS = (
    # words of levels, of failures and of the Lambda platform
    r"error|exception|fatal|crit|panic|severe|emerg|alert|ftl|fail|traceback|unhandled|uncaught|goroutine",
    r"timeout|timed out|exited|killed|abort|segmentation|out of ?memory",
    # ends of processes: the kernel's words, exit codes of containers, faults of the Lambda platform
    r"segfault|core dumped|sig(?:kill|segv|abrt|bus)|platform\.fault|exit_?code\"?\s*[:=]\s*\"?[1-9]",
    r"double free|corrupt|invalid pointer|terminate called|stack smashing|illegal instruction|protection fault",
    r"\[err|[ |:]err[\]| :,]|\"err\"|(?:^|\n)err\b|\[e\]|\| ?e ?\|",
    r"심각|오류|에러|예외|실패",
    # frames of traces that came without their title
    r"(?:^|\n)\s*at \S|\.go:\d|:line \d|:in [`']|\nStack trace:|(?:^|\n)#0 |File \"[^\"\n]*\", line",
    # the first letter of klog, glog, Ruby's Logger and Tornado; systemd's number; levels of three letters and of four
    r"(?:^|\n)\[?[ef](?:\d{4} |, \[| \d{6} )|(?:^|\n)<[0-3]>| pnc |(?:\b|\dm)(?:erro|fata|pani)\b",
    # priorities of syslog with a severity of 0 to 3
    rf"(?:^|\n)<(?:{'|'.join(str(number) for number in range(192) if number % 8 <= 3)})>(?:1 \d|[a-z]{{3}} )",
    # numeric levels: Pino, Python, Logback, Monolog, syslog, OpenTelemetry; Serilog's letters
    r"level\"\s*:\s*\"?(?:[4-9]\d\d|[4-6]\d)|(?:level|severity)\"\s*:\s*\"?[0-3]\"?\s*[,}]",
    r"level(?:no|_?value)\"\s*:\s*\"?[4-9]\d|lvl\"\s*:\s*\"?[4-6]\d|(?:@l|lvl|level|severity)\"\s*:\s*\"[ef]\"",
    r"severity[\w.-]*\"\s*:\s*\"?(?:1[7-9]|2[0-4]|[4-6]\d)",
    # HTTP 5xx: JSON fields, combined access lines, load balancers
    r"status code:? 5\d\d|status[\w.-]*\"?\s*[:=]\s*\"?5\d\d|response_?code\"?\s*[:=]\s*\"?5\d\d|<status>5\d\d<",
    r"http/[\d.]+,5\d\d,|,(?:connect|message|disconnect),[^,\n]*,5\d\d,|\"code\"\s*:\s*5\d\d",
    r"request finished http/[^\n]* 5\d\d |\" 5\d\d(?:\s|$)|(?:^|\n)(?:https?|h2|grpcs|wss?) \d{4}-[^\n]* 5\d\d ",
)
"""RE2 patterns, case ignored, of which one must match. A line end counts as the end of a text: see `_refusals`."""

LLM_PATTERNS = (
    r"llm|gen_?ai|modelinvocationlog|langchain|langfuse|openai|anthropic|bedrock|claude|gemini|converse",
    r"traceloop|openinference|ai\.operationid",
    r"model_?id|ai_model|chat\.completion|eval_count|billed_units",
    (
        r"(?:prompt|completion|input|output|total|cached|reasoning|candidates|usage|generated|response|generation|in|out)"
        r"[_\-. ]?tokens?"
    ),
    r"tokens?[_\-. ]?(?:in|out|prompt|completion|used|usage|count|total)",
    # frameworks, guardrails and rankings, which count no tokens
    r"(?:run|generation|trace)_?type\"|parent_?run|guardrail|moderation|embedding|rerank|relevance_score|trace\.span|tool_?(?:name|call)|(?:retriev|tool|agent)[a-z_]*end",
)
"""Names of providers and models, usage counters in any spelling; the same rules."""


NEIGHBOURS = 8
"""Log events tested at once. Most are of no interest, and a call costs as much as the test of one of them; with more
than eight, too many rows hold an error somewhere (2 % errors, bench/forward_errors.py, 2026-11-20)."""


def refuse_error(event: LogEvent, kind: str | None) -> DropReason | None:
    """Return why a log event cannot become an issue, None when it goes on.

    Args:
        event: with the raw message; nothing of it is kept.
        kind: kind of the log group by the policy; groups of kind `errors` hold errors only, so everything goes on.
    """
    if OWN_MARKER in event.message:
        return DropReason.OWN_RECORD
    if kind == "errors" or could_be_error(event.message):
        return None
    return DropReason.NOT_SELECTED


def refuse_llm(event: LogEvent, kind: str | None) -> DropReason | None:
    """Return why a log event cannot be a call of a language model, None when it goes on (see `refuse_error`)."""
    if OWN_MARKER in event.message:
        return DropReason.OWN_RECORD
    if kind == "llm" or could_be_llm_call(event.message):
        return None
    return DropReason.NOT_SELECTED


def refuse_errors(events: Sequence[LogEvent], kind: str | None) -> list[DropReason | None]:
    """Return what `refuse_error` says of each log event of one log group, in order; faster than asking one by one."""
    return _refusals(events, partial(refuse_error, kind=kind), could_be_error, goes_on=kind == "errors")


def refuse_llm_calls(events: Sequence[LogEvent], kind: str | None) -> list[DropReason | None]:
    """Return what `refuse_llm` says of each log event (see `refuse_errors`)."""
    return _refusals(events, partial(refuse_llm, kind=kind), could_be_llm_call, goes_on=kind == "llm")


def _refusals(
    events: Sequence[LogEvent],
    refuse: Callable[[LogEvent], DropReason | None],
    could_be: Callable[[str], bool],
    *,
    goes_on: bool,
) -> list[DropReason | None]:
    """Test neighbours joined by line ends in one call and look at each only where the joined text could be something.

    No pattern sees a line end as less than the end of a text, so what matches alone matches joined too.
    """
    refusals: list[DropReason | None] = []
    for start in range(0, len(events), NEIGHBOURS):
        neighbours = events[start : start + NEIGHBOURS]
        joined = "\n".join([event.message for event in neighbours])
        if goes_on or OWN_MARKER in joined or could_be(joined):
            refusals += map(refuse, neighbours)
        else:
            refusals += [DropReason.NOT_SELECTED] * len(neighbours)
    return refusals


def could_be_error(text: str) -> bool:
    """Test for words, numeric levels and HTTP statuses that errors of the supported formats carry."""
    return _test(ERROR_PATTERNS)(text)


def could_be_llm_call(text: str) -> bool:
    """Test for names of models, providers and usage counters in any spelling."""
    return _test(LLM_PATTERNS)(text)


@cache
def _test(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Compile the patterns into one test, on first use."""
    slow = re.compile("|".join(patterns), re.IGNORECASE | re.ASCII)
    try:
        import re2  # noqa: PLC0415 - a library that only the forwarding functions carry
    except ImportError:
        return lambda text: slow.search(text) is not None
    options = re2.Options()
    options.case_sensitive = False
    together = re2.Set.SearchSet(options)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()

    def test(text: str) -> bool:
        try:
            return bool(together.Match(text))
        except UnicodeEncodeError:  # a lone surrogate has no UTF-8 form
            return slow.search(text) is not None

    return test
