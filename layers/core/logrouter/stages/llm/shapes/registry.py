"""The registry of shapes, tried in this order on each object of a log line; what knows its format best goes first."""

from collections.abc import Callable, Mapping, Sequence

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.shapes import (
    ai_sdk,
    anthropic,
    bedrock,
    canonical,
    cohere,
    exchange,
    gemini,
    guardrails,
    kong,
    langchain,
    litellm,
    llama_index,
    ollama,
    openai,
    openai_agents,
    otel,
    portkey,
    pydantic_ai,
    tgi,
)

type Shape = Callable[[Mapping[str, Json], Mapping[str, Json]], Finding | Sequence[Finding] | None]
"""(object, whole line) -> finding, or the findings of an object that tells of several calls; None (or none of them)
when the object is not of this shape; raises NonsenseError."""

SHAPES: tuple[Shape, ...] = (
    bedrock.read,
    otel.read,
    litellm.read,
    kong.read,
    portkey.read,
    langchain.read,
    llama_index.read,
    guardrails.read,
    pydantic_ai.read,
    openai_agents.read,
    ai_sdk.read,
    cohere.read,
    openai.read,
    anthropic.read,
    gemini.read,
    ollama.read,
    tgi.read,
    exchange.read,
    canonical.read,
)
