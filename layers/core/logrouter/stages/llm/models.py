"""Names of models and providers: as logs write them, to the names by which prices and Langfuse know them."""

import re

_BEDROCK = re.compile(
    r"(?:(?:us|us-gov|eu|apac|ap|jp|au|ca|sa|global)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|luma|meta|mistral|minimax|moonshot|nvidia|openai|qwen|stability|twelvelabs|writer)\.\S+"
)
_ROUTED = (
    "bedrock/converse/",
    "bedrock/",
    "vertex_ai/",
    "gemini/",
    "models/",
    "azure/",
    "openai/",
    "anthropic/",
    "publishers/google/models/",
)
_OPENAI_EMBEDDINGS = ("text-embedding-3", "text-embedding-ada")
_PROVIDERS = {
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
    "gcp": "google",
    "mistral": "mistral",
    "cohere": "cohere",
    "groq": "groq",
    "deepseek": "deepseek",
    "perplexity": "perplexity",
    "together": "together",
    "fireworks": "fireworks",
    "xai": "x-ai",
    "openrouter": "openrouter",
    "cerebras": "cerebras",
    "moonshot": "moonshotai",
    "voyage": "voyageai",
}
"""A word of a provider's name in logs (`aws.bedrock`, `gcp.vertex_ai`) to its id in genai-prices."""


def bare_model(model: str) -> str:
    """Return a model's id without ARN and routing prefix; the region prefix stays, because prices differ by it."""
    if model.startswith("arn:"):
        return model.rsplit("/", 1)[-1]
    for prefix in _ROUTED:
        if model.startswith(prefix):
            return model.removeprefix(prefix)
    return model


def book_provider(provider: str | None, model: str) -> str | None:
    """Return a provider's id in the price book, by its name or else by a Bedrock model id; None lets the book guess."""
    words = re.split(r"[^a-z0-9]+", (provider or "").lower().replace("x-ai", "xai"))
    if "bedrock" in words:
        return "aws"
    if "azure" in words:
        return "azure"
    for word in words:
        if word in _PROVIDERS:
            return _PROVIDERS[word]
    if model.startswith(_OPENAI_EMBEDDINGS):  # the book does not guess these
        return "openai"
    is_bedrock = model.startswith(("arn:aws", "bedrock/")) or _BEDROCK.fullmatch(bare_model(model)) is not None
    return "aws" if is_bedrock else None
