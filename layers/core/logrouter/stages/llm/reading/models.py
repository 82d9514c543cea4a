"""Names of models and providers: as logs write them, to the names by which prices and Langfuse know them."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_BEDROCK: Final = re.compile(
    r"(?:(?:us|us-gov|eu|apac|ap|jp|au|ca|sa|in|global)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|mistral|minimax|moonshot|moonshotai|nvidia|openai|qwen"
    r"|stability|twelvelabs|writer|zai)\.\S+"
)
_ROUTES: Final = {
    "bedrock/converse/": "aws",
    "bedrock/invoke/": "aws",
    "bedrock/": "aws",
    "bedrock_converse/": "aws",
    "vertex_ai/": "google",
    "vertex_ai_beta/": "google",
    "publishers/google/models/": "google",
    "publishers/anthropic/models/": "google",
    "gemini/": "google",
    "google/": "google",
    "models/": "google",
    "azure/": "azure",
    "azure_ai/": "azure",
    "openai/": "openai",
    "text-completion-openai/": "openai",
    "anthropic/": "anthropic",
    "mistral/": "mistral",
    "cohere/": "cohere",
    "cohere_chat/": "cohere",
    "groq/": "groq",
    "deepseek/": "deepseek",
    "xai/": "x-ai",
    "x-ai/": "x-ai",
    "together_ai/": "together",
    "togethercomputer/": "together",
    "fireworks_ai/": "fireworks",
    "openrouter/": "openrouter",
    "perplexity/": "perplexity",
    "cerebras/": "cerebras",
    "moonshot/": "moonshotai",
    "voyage/": "voyageai",
}
"""What routers write before a model's id, and the provider it goes to."""

_AWS_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d/")
_FAMILIES: Final = {
    "openai": ("text-embedding-3", "text-embedding-ada", "chatgpt-", "computer-use-", "omni-moderation", "babbage-002"),
    "perplexity": ("sonar",),
    "cohere": ("embed-v4",),
}
"""How models begin whose one provider the price book does not guess."""

_EMBEDS: Final = re.compile(
    r"embed|minilm|mpnet|text-similarity|(?:^|[/.:_-])(?:bge|gte|e5|mxbai|voyage|textembedding)-"
)
"""Names of families that turn texts into vectors."""

_LANGUAGE: Final = re.compile(
    r"gpt|\bo[1345]\b|claude|gemini|gemma|llama|mi[sx]tral|command|nova|titan|deepseek|qwen|grok|\bphi|sonar|embed|jamba"
    r"|palm|bison|falcon|yi-|kimi|glm|davinci|ernie|hyperclova|\bhcx-|solar|exaone|whisper|dall-e|imagen|granite|nemotron"
    r"|dbrx|olmo|minimax|kanana|vicuna|hermes|starcoder|codestral|devstral|\breka|\bart?ic-|lfm"
)
"""Names of model families: what else names a `model` may be a printer, a car or a classifier."""

_PROVIDERS: Final = {
    "bedrock": "aws",
    "aws": "aws",
    "amazon": "aws",
    "azure": "azure",
    "az": "azure",
    "openai": "openai",
    "anthropic": "anthropic",
    "claude": "anthropic",
    "gemini": "google",
    "google": "google",
    "vertex": "google",
    "vertexai": "google",
    "gcp": "google",
    "mistral": "mistral",
    "mistralai": "mistral",
    "cohere": "cohere",
    "groq": "groq",
    "deepseek": "deepseek",
    "perplexity": "perplexity",
    "together": "together",
    "togetherai": "together",
    "fireworks": "fireworks",
    "xai": "x-ai",
    "grok": "x-ai",
    "openrouter": "openrouter",
    "cerebras": "cerebras",
    "moonshot": "moonshotai",
    "moonshotai": "moonshotai",
    "voyage": "voyageai",
    "voyageai": "voyageai",
    "cloudflare": "cloudflare",
    "databricks": "databricks",
    "novita": "novita",
    "baseten": "baseten",
    "minimax": "minimax",
    "zai": "zai",
    "zhipuai": "zhipuai",
    "elevenlabs": "elevenlabs",
    "ovhcloud": "ovhcloud",
}
"""A word of a provider's name in logs (`aws.bedrock`, `gcp.vertex_ai`) to its id in genai-prices."""

_OWN_MACHINES: Final = frozenset(
    {
        "ollama",
        "vllm",
        "lmstudio",
        "llamacpp",
        "tgi",
        "localai",
        "triton",
        "sagemaker",
        "xinference",
        "local",
        "selfhosted",
    }
)
"""Words for servers that a team runs itself: their tokens have no list price, whatever the model is called."""

_NOT_THE_PROVIDER: Final = frozenset({"like", "compatible", "custom", "proxy", "gateway"})
"""Words that say another provider's interface is spoken (`openai_like`), not that it is the provider."""

OWN_MACHINE: Final = "self-hosted"
"""The provider id of a server that a team runs itself; no price book has it."""


class PricedAs(NamedTuple):
    """The name by which a model is looked up in prices; `provider` None lets the book guess by the model."""

    model: str
    provider: str | None


def bare_model(model: str) -> str:
    """Return a model's id without ARN and routing prefix; the region prefix stays, because prices differ by it."""
    return priced_as(model, None).model


def book_provider(provider: str | None, model: str) -> str | None:
    """Return a provider's id in the price book, by its name or else by a Bedrock model id; None lets the book guess."""
    return _named(provider) or priced_as(model, None).provider


@lru_cache(maxsize=4096)
def priced_as(model: str, provider: str | None) -> PricedAs:
    """Return model and provider as the price book names them.

    A route before the model (`groq/llama-3.3-70b-versatile`) is taken off and names the provider where nothing else
    does. It stays where it is not the provider's own, because the model is called so there (`openai/gpt-oss-120b` at
    Groq, `anthropic/claude-sonnet-4.5` at OpenRouter).
    """
    named = _named(provider)
    if model.startswith("arn:"):
        return PricedAs(model.rsplit("/", 1)[-1], named or "aws")
    for route, goes_to in _ROUTES.items():
        if model.startswith(route) and (named in {None, goes_to} or model.startswith("models/")):
            rest = (
                _AWS_REGION.sub("", model.removeprefix(route), count=1)
                if goes_to == "aws"
                else model.removeprefix(route)
            )
            inner = priced_as(rest, goes_to).model if rest.startswith(("arn:", "models/")) else rest
            return PricedAs(inner, named or goes_to)
    if named is not None:
        return PricedAs(model, named)
    family = next((seller for seller, begins in _FAMILIES.items() if model.startswith(begins)), None)
    return PricedAs(model, "aws" if _BEDROCK.fullmatch(model) else family)


def is_guessed(provider: str | None) -> bool:
    """Tell whether a record names a provider that no price list is known for, so that the model alone decides."""
    return bool(provider) and _named(provider) is None


def region_in(model: str) -> str | None:
    """Return the AWS region that a Bedrock ARN or a route names (`bedrock/eu-central-1/...`)."""
    if model.startswith("arn:"):
        parts = model.split(":")
        return (parts[3] or None) if len(parts) > 3 else None
    found = _AWS_REGION.search(model) if model.startswith("bedrock/") else None
    return found[0].removesuffix("/") if found else None


@lru_cache(maxsize=1024)
def kind_of_model(model: str) -> str | None:
    """Return the observation type of models that write no text, by how they are called; None for all others."""
    lowered = model.lower()
    if "rerank" in lowered:
        return "retriever"
    return "embedding" if _EMBEDS.search(lowered) else None


@lru_cache(maxsize=1024)
def names_a_model(name: str) -> bool:
    """Tell whether a `model` is called like one that writes or embeds texts, and not like a table or a printer."""
    return _LANGUAGE.search(name.lower()) is not None or kind_of_model(name) is not None


@lru_cache(maxsize=1024)
def _named(provider: str | None) -> str | None:
    words = [word for word in re.split(r"[^a-z0-9]+", (provider or "").lower().replace("x-ai", "xai")) if word]
    joined = "".join(words)
    if _OWN_MACHINES.intersection(words) or joined in _OWN_MACHINES:
        return OWN_MACHINE
    if _NOT_THE_PROVIDER.intersection(words):
        return None
    for first in ("bedrock", "azure"):
        if first in words:
            return _PROVIDERS[first]
    return next((_PROVIDERS[word] for word in [*words, joined] if word in _PROVIDERS), None)
