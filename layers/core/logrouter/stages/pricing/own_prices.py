"""Prices that go before the price book: the policy's own, and corrections where the book differs from the provider.

A correction names the page it is from. It is dropped here once a release of genai-prices has it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from logrouter.model import Json
from logrouter.stages.pricing.rates import Price, Rates, side_of
from logrouter.stages.pricing.tiers import fits, in_region

BUCKETS: Final = (
    "input", "input_cached_tokens", "input_cached_audio_tokens", "input_cached_image_tokens", "input_cache_creation",
    "input_cache_creation_5m", "input_cache_creation_1h", "input_audio_tokens", "input_image_tokens",
    "input_video_tokens", "output", "output_reasoning_tokens", "output_audio_tokens", "output_image_tokens",
    "output_video_tokens",
)  # fmt: skip
"""Every bucket of usage but `unsplit`, which cannot be priced."""

_KIN: Final = {
    "input_cache_creation_5m": "input_cache_creation",
    "input_cache_creation_1h": "input_cache_creation",
    "input_cached_audio_tokens": "input_cached_tokens",
    "input_cached_image_tokens": "input_cached_tokens",
}
"""Buckets whose price, where it is not given, is that of a more general one before it is that of their side."""

CORRECTIONS: Final[tuple[Mapping[str, Json], ...]] = (
    {
        "id": "gpt-4o-audio-preview",
        "source": "OpenAI's model page: text 2.50 and 10, audio 40 and 80; the book charges audio like text (0.2.3)",
        "matches": "gpt-4o-audio-preview*",
        "per_million": {"input": 2.5, "output": 10, "input_audio_tokens": 40, "output_audio_tokens": 80},
    },
    {
        "id": "gpt-4o-mini-audio-preview",
        "source": "https://developers.openai.com/api/docs/models/gpt-4o-mini-audio-preview: audio 10 and 20",
        "matches": "gpt-4o-mini-audio-preview*",
        "per_million": {"input": 0.15, "output": 0.6, "input_audio_tokens": 10, "output_audio_tokens": 20},
    },
    {
        "id": "deepseek-2025-09-06",
        "source": "https://api-docs.deepseek.com/quick_start/pricing: from 2025-09-05 16:00 UTC, no night discount",
        "matches": ["deepseek-chat", "deepseek-reasoner"],
        "provider": "deepseek",
        "from": "2025-09-06",
        "until": "2025-09-28",
        "per_million": {"input": 0.56, "input_cached_tokens": 0.07, "output": 1.68},
    },
    {
        "id": "deepseek-2025-09-29",
        "source": "https://api-docs.deepseek.com/quick_start/pricing: DeepSeek-V3.2 under both names",
        "matches": ["deepseek-chat", "deepseek-reasoner"],
        "provider": "deepseek",
        "from": "2025-09-29",
        "until": "2026-04-23",
        "per_million": {"input": 0.28, "input_cached_tokens": 0.028, "output": 0.42},
    },
    {
        "id": "deepseek-2026-04-24",
        "source": "https://api-docs.deepseek.com/news/news260424: both names stand for deepseek-v4-flash until 24 July",
        "matches": ["deepseek-chat", "deepseek-reasoner"],
        "provider": "deepseek",
        "from": "2026-04-24",
        "until": "2026-07-24",
        "per_million": {"input": 0.14, "input_cached_tokens": 0.0028, "output": 0.28},
    },
    {
        "id": "claude-sonnet-4-long",
        "source": "https://platform.claude.com/docs/en/about-claude/pricing (long context, 2025-08-12 to 2026-04-30)",
        "matches": ["claude-sonnet-4-0", "claude-sonnet-4-2025*"],
        "provider": "anthropic",
        "from": "2025-08-12",
        "until": "2026-04-30",
        "per_million": {
            "input": 3,
            "input_cached_tokens": 0.3,
            "input_cache_creation": 3.75,
            "input_cache_creation_1h": 6,
            "output": 15,
        },
        "above": [
            {
                "input_tokens": 200000,
                "per_million": {
                    "input": 6,
                    "input_cached_tokens": 0.6,
                    "input_cache_creation": 7.5,
                    "input_cache_creation_1h": 12,
                    "output": 22.5,
                },
            }
        ],
        "per_unit": {"web_searches": 0.01},
    },
    {
        "id": "grok-4-long",
        "source": "https://openrouter.ai/x-ai/grok-4: dearer above 128,000 tokens, as xAI's documentation says",
        "matches": ["grok-4", "grok-4-0709"],
        "provider": "xai",
        "per_million": {"input": 3, "input_cached_tokens": 0.75, "output": 15},
        "above": [{"input_tokens": 128000, "per_million": {"input": 6, "output": 30}}],
    },
)
"""Rules in the form of the policy's `prices`, tried behind them."""


def own_rule(
    prices: Sequence[Mapping[str, Json]],
    models: tuple[str, str],
    provider: str | None,
    day: str,
    *,
    tier: str | None,
    region: str | None,
) -> Mapping[str, Json] | None:
    """Return the first rule for this model, provider, day, tier and region; None when there is none."""
    return next(
        (
            rule
            for rule in prices
            if fits(rule, models, provider, day) and in_region(rule, region) and rule.get("tier", tier) == tier
        ),
        None,
    )


def own_rates(rule: Mapping[str, Json]) -> Rates:
    """Return the rates of a rule; a bucket without a price costs what its kin or else its side costs."""
    steps = (
        (-1, rule["per_million"]),
        *((step["input_tokens"], step["per_million"]) for step in rule.get("above", ())),
    )
    ordered = sorted(steps, key=lambda step: step[0])
    return Rates(
        tokens={bucket: _price(bucket, ordered) for bucket in BUCKETS},
        units={unit: Decimal(str(amount)) for unit, amount in rule.get("per_unit", {}).items()},
        request=Decimal(str(rule.get("per_request", 0))),
    )


def _price(bucket: str, steps: Sequence[tuple[int, Mapping[str, float]]]) -> Price:
    """Return the price of a bucket in each step; what a step does not name stays as in the step below."""
    price: list[tuple[int, Decimal]] = []
    known: dict[str, float] = {}
    for bound, per_million in steps:
        known |= per_million
        named = next((name for name in (bucket, _KIN.get(bucket, bucket)) if name in known), side_of(bucket))
        price.append((bound, Decimal(str(known[named]))))
    return tuple(price)
