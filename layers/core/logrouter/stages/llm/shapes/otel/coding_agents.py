"""Events by which coding agents tell of their calls: Claude Code, Gemini CLI, Codex; in names of their own.

Names: the monitoring pages of the three (checked 2026-11-20). Each is a log record without a span.
"""

from typing import Final, NamedTuple

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields, duration_ms, money
from logrouter.stages.llm.reading.surroundings import failure
from logrouter.stages.llm.reading.usage import Counts, exclusive
from logrouter.stages.llm.shapes.otel.attributes import Attributes


class _Agent(NamedTuple):
    """Who writes an event, and by which custom it counts."""

    provider: str
    prefix: str
    names: dict[str, str]
    cache_inside: bool
    reasoning_inside: bool


_CLAUDE: Final = _Agent(
    "anthropic",
    "claude_code",
    {
        "input": "input_tokens",
        "output": "output_tokens",
        "cache_read": "cache_read_tokens",
        "cache_write": "cache_creation_tokens",
    },
    cache_inside=False,
    reasoning_inside=True,
)
_GEMINI: Final = _Agent(
    "google",
    "gemini_cli",
    {
        "input": "input_token_count",
        "output": "output_token_count",
        "cache_read": "cached_content_token_count",
        "reasoning": "thoughts_token_count",
        "tool_input": "tool_token_count",
    },
    cache_inside=True,
    reasoning_inside=False,
)
_CODEX: Final = _Agent(
    "openai",
    "codex",
    {
        "input": "input_token_count",
        "output": "output_token_count",
        "cache_read": "cached_token_count",
        "reasoning": "reasoning_token_count",
    },
    cache_inside=True,
    reasoning_inside=True,
)
_EVENTS: Final = {
    "claude_code.api_request": _CLAUDE,
    "claude_code.api_error": _CLAUDE,
    "gemini_cli.api_response": _GEMINI,
    "gemini_cli.api_error": _GEMINI,
    "codex.sse_event": _CODEX,
}
_COMPLETED: Final = "response.completed"
"""Of the events of a stream Codex tells the usage with the last one."""


def event_named(*names: Json) -> str | None:
    """Return the event of a coding agent that one of some names is, None when none is."""
    return next((name for name in names if isinstance(name, str) and name in _EVENTS), None)


def finding_of(event: str, attributes: Attributes) -> Finding | None:
    """Return the call that an event tells of, None for those of a stream that is not over.

    Raises:
        NonsenseError: a count is impossible.
    """
    agent = _EVENTS[event]
    if agent is _CODEX and attributes.text("event.kind") != _COMPLETED:
        return None
    counts = Counts(**{field: attributes.whole(name) for field, name in agent.names.items()})
    said = dict(attributes)
    cost = money(attributes.text("cost_usd") or attributes.first("cost_usd"), "cost_usd")
    return Finding(
        "otel",
        complete=True,
        name=event,
        model=attributes.text("model"),
        provider=agent.provider,
        call_id=attributes.text("request_id"),
        usage=exclusive(
            counts, cache_inside=agent.cache_inside, reasoning_inside=agent.reasoning_inside, trust_total=False
        ),
        cost={} if cost is None else {"total": cost},
        latency_ms=duration_ms(attributes.first("duration_ms"), "duration_ms"),
        error=failure(Fields(said)),
        user_id=attributes.text("user.id", "user.account_uuid"),
        session_id=attributes.text("session.id", "conversation.id"),
        trace_id=attributes.text("prompt.id", "prompt_id"),
        trace_name=agent.prefix,
    )
