"""What a span is: the observation type, and whether it repeats the usage of the calls inside it."""

from typing import Final

from logrouter.stages.llm.reading.surroundings import kind_named
from logrouter.stages.llm.shapes.otel.attributes import Attributes

GENERATION: Final = "generation"

AGGREGATES: Final = frozenset({"agent", "chain"})
"""What holds calls repeats their usage, which would count double."""

_LANGFUSE: Final = frozenset(
    {"generation", "embedding", "agent", "tool", "chain", "retriever", "guardrail", "evaluator", "span", "event"}
)
_BY_ITS_KIND: Final = {
    "LLM": GENERATION,
    "EMBEDDING": "embedding",
    "CHAIN": "chain",
    "PROMPT": "chain",
    "RETRIEVER": "retriever",
    "RERANKER": "retriever",
    "TOOL": "tool",
    "AGENT": "agent",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
    "PARSER": "chain",
}
_OPERATIONS: Final = {
    "chat": GENERATION,
    "generate_content": GENERATION,
    "text_completion": GENERATION,
    "completion": GENERATION,
    "rerank": "retriever",
    "retrieval": "retriever",
    "vector_db_retrieve": "retriever",
    "search_memory": "retriever",
    "execute_task": "chain",
    "agent_step": "chain",
    "execute_event_loop_cycle": "chain",
    "invoke_swarm": "agent",
    "invoke_graph": "chain",
    "plan": "chain",
}
_VERCEL: Final = {
    "doGenerate": GENERATION,
    "doStream": GENERATION,
    "doEmbed": "embedding",
    "doRerank": "retriever",
}
_VERCEL_TOOL: Final = "ai.toolCall"


def kind_of(attributes: Attributes, name: str | None = None) -> str | None:
    """Return the observation type that a span names itself by its attributes or its `name`, None when it names none.

    The outer spans of the Vercel AI SDK (`ai.generateText` around `ai.generateText.doGenerate`) are chains.
    """
    own = attributes.text("langfuse.observation.type")
    if own in _LANGFUSE:
        return own
    return (
        _BY_ITS_KIND.get((attributes.text("openinference.span.kind", "langsmith.span.kind") or "").upper())
        or _by_operation_id(attributes.text("ai.operationId") or _called(attributes, name))
        or _by_operation(attributes)
    )


def is_aggregate(attributes: Attributes, kind: str) -> bool:
    """Whether the usage that a span states is that of the calls inside it."""
    return kind in AGGREGATES and attributes.text("langfuse.observation.type") is None


def _called(attributes: Attributes, name: str | None) -> str | None:
    """Return the name of a span of the Vercel AI SDK, which is that of its operation."""
    return name if name and name.startswith("ai.") and attributes.text("ai.model.id", "ai.toolCall.name") else None


def _by_operation_id(operation_id: str | None) -> str | None:
    if operation_id is None:
        return None
    return _VERCEL.get(operation_id.rpartition(".")[2]) or ("tool" if operation_id == _VERCEL_TOOL else "chain")


def _by_operation(attributes: Attributes) -> str | None:
    by_traceloop = attributes.text("traceloop.span.kind")
    if by_traceloop == "workflow":
        return "chain"
    for word in (attributes.text("gen_ai.operation.name"), attributes.text("llm.request.type"), by_traceloop):
        kind = (_OPERATIONS.get(word) or kind_named(word)) if word else None
        if kind:
            return kind
    if by_traceloop == "task":
        return "chain"
    return "tool" if attributes.text("mcp.method.name") == "tools/call" else None
