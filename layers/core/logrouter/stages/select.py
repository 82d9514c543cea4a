"""Decides on raw text, without parsing it, whether a log event could be an error or a call of a language model.

Broad on purpose: what it lets through is judged after masking and parsing; what it refuses is never looked at again.
"""

import re

from logrouter.model import OWN_MARKER, DropReason, LogEvent

_ERROR_WORDS = (
    "error",
    "exception",
    "fatal",
    "critical",
    "crit",
    "severe",
    "panic",
    "traceback",
    "emerg",
    "alert",
    "fail",
    "timeout",
    "timed out",
    "exited",
    "killed",
    "abort",
    "segmentation",
    "out of memory",
    "outofmemory",
    "unhandled",
    "uncaught",
    "stack",
    "goroutine",
    "\n    at ",
    "\tat ",
    "ftl",
    "심각",
    "오류",
    "에러",
    "예외",
    "실패",
)
_NUMBERED = re.compile(
    r'"(?:level|lvl|severity|loglevel|log_level)"\s*:\s*"?(?:[4-6]\d(?!\d)|[0-3](?![\d.]))'
    r'|"levelno"\s*:\s*"?[45]\d|"level(?:_value)?"\s*:\s*[4-9]\d\d|"severity_?number"\s*:\s*"?(?:1[7-9]|2[0-4])'
    r'|"[\w.\-]*status[\w.\-]*"\s*:\s*"?5\d\d(?!\d)|"(?:level|lvl|@l)"\s*:\s*"[ef]"',
    re.ASCII | re.IGNORECASE,
)
_NUMBER_MARKS = ("level", "status", "severity", "lvl", '"@l"')
_ACCESS_LINE = re.compile(
    r'(?:https?|h2|grpcs|wss?) \d{4}-[^"\n]{0,400}? 5\d\d |[^\n]{0,4000}?" 5\d\d[ \n]|[^\n]{0,4000}?" 5\d\d$', re.ASCII
)
_SHORT_ERROR = re.compile(
    r"\[err\]|(?:^|[\s\[|])(?:ERR|EMERG)(?=[\s\]|:]|$)|(?:^|\n)[EF]\d{4} |(?:^|[\s\[<|])[EF](?=[\s\]>|,])", re.ASCII
)
_LLM_WORDS = (
    '"llm"',
    "gen_ai",
    "genai",
    "modelinvocationlog",
    "langchain",
    "langfuse",
    "litellm",
    "llm",
    "openai",
    "anthropic",
    "bedrock",
    "claude",
    "gemini",
    "modelid",
    "model_id",
    "chat.completion",
    "eval_count",
    "billed_units",
    "converse",
)
_USAGE = re.compile(
    r"(?:prompt|completion|input|output|total|cached|reasoning|candidates|usage|generated|response|generation|in|out)"
    r"[_\-. ]?tokens?(?:[_\-. ]?(?:count|usage|s))?"
    r"|tokens?[_\-. ]?(?:in|out|input|output|prompt|completion|used|usage|count|total)",
    re.ASCII,
)


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


def could_be_error(text: str) -> bool:
    """Test for words, numeric levels and HTTP statuses that errors of the supported formats carry."""
    lowered = text.lower()
    if any(word in lowered for word in _ERROR_WORDS):
        return True
    if '"' in text:
        if any(mark in lowered for mark in _NUMBER_MARKS) and _NUMBERED.search(lowered):
            return True
        if text[0] != "{" and _ACCESS_LINE.match(text):
            return True
    return text[:1] != "{" and _SHORT_ERROR.search(text) is not None


def could_be_llm_call(text: str) -> bool:
    """Test for names of models, providers and usage counters in any spelling."""
    lowered = text.lower()
    if any(word in lowered for word in _LLM_WORDS):
        return True
    return "token" in lowered and _USAGE.search(lowered) is not None
