"""What a span says beside its usage and content: model, who, which trace, prompt, parameters, metadata, failure."""

from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import opened, text
from logrouter.stages.llm.shapes.otel.attributes import Attributes, as_list, as_object
from logrouter.stages.llm.shapes.otel.spans import Told

_MODEL: Final = (
    "gen_ai.response.model", "ai.response.model", "llm.response.model_name", "langfuse.observation.model.name",
    "gen_ai.request.model", "ai.model.id", "llm.model_name", "llm.request.model_name", "llm.response.model",
    "llm.request.model", "embedding.model_name", "reranker.model_name", "llm.model",
)  # fmt: skip
_PROVIDER: Final = (
    "gen_ai.provider.name", "gen_ai.system", "ai.model.provider", "llm.provider", "llm.system", "llm.vendor",
)  # fmt: skip
_FRAMEWORKS: Final = frozenset(
    {"strands-agents", "langchain", "langgraph", "crewai", "llamaindex", "llama_index", "haystack", "autogen", "agno"}
)
"""What some instrumentations name where the provider belongs; it sells no tokens."""

_CALL_ID: Final = ("gen_ai.response.id", "ai.response.id", "gen_ai.tool.call.id", "ai.toolCall.id", "tool.id")
_BEGINNINGS: Final = ("chatcmpl-", "msg_", "resp_", "cmpl-", "gen-")
_SESSION: Final = (
    "langfuse.session.id", "session.id", "gen_ai.conversation.id", "ai.telemetry.metadata.sessionId",
    "traceloop.association.properties.session_id", "traceloop.association.properties.chat_id",
    "traceloop.association.properties.thread_id", "langsmith.metadata.session_id", "langsmith.metadata.thread_id",
    "mcp.session.id",
)  # fmt: skip
_USER: Final = (
    "langfuse.user.id", "user.id", "enduser.id", "ai.telemetry.metadata.userId", "enduser.pseudo.id",
    "traceloop.association.properties.user_id", "langsmith.metadata.user_id", "gen_ai.user", "llm.user",
)  # fmt: skip
_TRACE_NAME: Final = ("langfuse.trace.name", "traceloop.workflow.name", "ai.telemetry.functionId")
_TAGS: Final = ("langfuse.trace.tags", "tag.tags", "ai.telemetry.metadata.tags")
_PROMPT_NAME: Final = (
    "langfuse.observation.prompt.name", "gen_ai.prompt.name", "traceloop.prompt.key",
    "ai.telemetry.metadata.promptName",
)  # fmt: skip
_PROMPT_VERSION: Final = (
    "langfuse.observation.prompt.version", "gen_ai.prompt.version", "traceloop.prompt.version",
    "llm.prompt_template.version",
)  # fmt: skip
_TIER: Final = (
    "openai.response.service_tier", "gen_ai.openai.response.service_tier", "anthropic.response.service_tier",
    "openai.request.service_tier", "gen_ai.openai.request.service_tier",
)  # fmt: skip
_FINISH: Final = (
    "gen_ai.response.finish_reasons", "ai.response.finishReason", "gen_ai.response.finish_reason", "llm.finish_reason",
    "llm.response.finish_reason", "gen_ai.response.stop_reason", "llm.response.stop_reason",
)  # fmt: skip
_PARAMETERS: Final = (
    "langfuse.observation.model.parameters", "llm.invocation_parameters", "embedding.invocation_parameters",
)  # fmt: skip
_PREFIXES: Final = ("gen_ai.request.", "ai.settings.")
_NO_PARAMETERS: Final = frozenset(
    {"model", "messages", "input", "tools", "api_key", "model_name", "_type", "maxRetries"}
)
_NOTHING: Final[tuple[Json, ...]] = (None, "", [])
_LONGEST_CHARS: Final = 20_000
"""So much of one definition of tools is kept."""

_METADATA: Final = (
    "langfuse.observation.metadata.", "langfuse.trace.metadata.", "ai.telemetry.metadata.",
    "traceloop.association.properties.",
)  # fmt: skip
_TOLD_ELSEWHERE: Final = frozenset(
    {"sessionId", "userId", "tags", "session_id", "user_id", "promptName", "langfusePrompt"}
)
_OWN_METADATA: Final = "langfuse.observation.metadata"
_METADATA_TEXTS: Final = {
    "tools": ("gen_ai.tool.definitions", "ai.prompt.tools"),
    "tool_description": ("gen_ai.tool.description", "tool.description"),
    "guardrail": ("gen_ai.guardrail.name",),
    "guardrail_status": ("gen_ai.guardrail.status",),
    "guardrail_id": ("aws.bedrock.guardrail.id",),
    "knowledge_base_id": ("aws.bedrock.knowledge_base.id",),
    "reasoning_level": ("gen_ai.request.reasoning.level",),
    "workflow": ("gen_ai.workflow.name",),
    "agent": ("gen_ai.agent.name",),
}


def model_of(attributes: Attributes) -> str | None:
    """Return the model that answered, else the one that was asked."""
    return attributes.text(*_MODEL) or text(as_object(attributes.first(*_PARAMETERS)).get("model"))


def service_and_environment(told: Told) -> tuple[str | None, str | None]:
    """Return whose span it is, as its resource says."""
    environment = told.attributes.text("langfuse.environment") or told.resource.text(
        "langfuse.environment", "deployment.environment.name", "deployment.environment"
    )
    return told.resource.text("service.name"), environment


def tell_facts(finding: Finding, told: Told) -> None:
    """Fill in who, which trace, prompt, parameters and metadata."""
    said, resource = told.attributes, told.resource
    finding.call_id = said.text(*_CALL_ID) or _id_within(said)
    finding.session_id = said.text(*_SESSION)
    finding.user_id = said.text(*_USER)
    finding.trace_name = said.text(*_TRACE_NAME)
    tags = as_list(said.first(*_TAGS)) or (said.text("langsmith.span.tags") or "").split(", ")
    finding.tags = tuple(tag[:200] for tag in tags if isinstance(tag, str) and tag)[:50]
    prompt = as_object(said.first("ai.telemetry.metadata.langfusePrompt"))
    finding.prompt_name = said.text(*_PROMPT_NAME) or text(prompt.get("name"))
    version = said.text(*_PROMPT_VERSION) or text(prompt.get("version"))
    if version is not None and version.isdecimal():
        finding.prompt_version = int(version[:9])
    finding.service_tier = said.text(*_TIER)
    finding.region = said.text("cloud.region", "aws.region")
    finding.release = said.text("langfuse.release") or resource.text("langfuse.release", "vcs.ref.head.revision")
    finding.version = said.text("langfuse.version") or resource.text("service.version")
    finding.service, finding.environment = service_and_environment(told)
    finding.parameters = _parameters(said)
    finding.metadata = _metadata(said)
    if version is not None and finding.prompt_version is None:
        finding.metadata["prompt_version"] = version


def provider_of(attributes: Attributes) -> str | None:
    """Return who sells the tokens; the Vercel AI SDK names the API behind a dot (`openai.responses`)."""
    own = attributes.text("ai.model.provider")
    if own is not None:
        return own if own.startswith("google") else own.partition(".")[0]
    named = (attributes.text(each) for each in _PROVIDER)
    return next((name for name in named if name and name.lower() not in _FRAMEWORKS), None)


def name_of(told: Told, kind: str) -> str | None:
    """Return what the call is called: a tool or an agent by its own name, else as the span is."""
    said = told.attributes
    own = {
        "tool": ("gen_ai.tool.name", "tool.name", "ai.toolCall.name"),
        "agent": ("gen_ai.agent.name", "agent.name"),
    }.get(kind, ())
    parts = (said.text("gen_ai.operation.name", "llm.request.type"), said.text("gen_ai.request.model"))
    by_logfire = (said.text("logfire.msg") or "").partition(" took ")[0]
    return said.text(*own) or by_logfire or told.name or " ".join(part for part in parts if part) or None


def error_of(told: Told) -> str | None:
    """Return why a span failed: the kind of error and the description of its status, else its exception."""
    said = told.attributes
    kind = said.text("error.type")
    level = (said.text("langfuse.observation.level") or "").upper()
    if not told.failed and kind is None and level != "ERROR":
        return None
    message = told.message or said.text("langfuse.observation.status_message", "error.message")
    for event in told.events if message is None or kind is None else ():
        if event.name == "exception":
            thrown = Attributes(event.attributes, roots=None)
            kind = kind or thrown.text("exception.type")
            message = message or thrown.text("exception.message")
    bare = (kind or "").rpartition(".")[2]
    if message is not None and bare and bare in message:
        return message
    return ": ".join(part for part in (kind, message) if part) or "failed"


def _id_within(said: Attributes) -> str | None:
    """Return the provider's id out of its answer, where that is told whole (OpenInference)."""
    answer = said.first("output.value")
    if not isinstance(answer, str) or answer[:1] != "{" or not any(map(answer[:4000].__contains__, _BEGINNINGS)):
        return None
    identifier = text(as_object(answer).get("id"))
    return identifier if identifier and identifier.startswith(_BEGINNINGS) else None


def _parameters(said: Attributes) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for prefix in _PREFIXES:
        found |= said.under(prefix)
    for name in _PARAMETERS:
        found |= as_object(said.first(name))
    return {name: value for name, value in found.items() if name not in _NO_PARAMETERS and value not in _NOTHING}


def _metadata(said: Attributes) -> dict[str, Json]:
    found: dict[str, Json] = {**as_object(said.first("metadata")), **as_object(said.first(_OWN_METADATA))}
    for prefix in _METADATA:
        found |= {name: opened(value) for name, value in said.under(prefix).items() if name not in _TOLD_ELSEWHERE}
    for name, sources in _METADATA_TEXTS.items():
        raw = said.first(*sources)
        value = raw[:_LONGEST_CHARS] if isinstance(raw, str) and len(raw) > _LONGEST_CHARS else opened(raw)
        if value:
            found[name] = [opened(item) for item in value] if isinstance(value, list) else value
    finish = opened(said.first(*_FINISH))
    if finish:
        finish = as_list(finish) or finish
        found["finish_reason"] = finish[0] if isinstance(finish, list) and len(finish) == 1 else finish
    return {name: value for name, value in found.items() if value is not None}
