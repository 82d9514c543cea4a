"""The packaged price book: genai-prices read into rates once for each model, half hour and service tier.

Its data is that of the installed release and is never updated over the network. Its own calculation costs 60 to 80
microseconds a call; the rates kept here are multiplied in a tenth of that and give the same sums (held by a test over
every model of the book).
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Final, Protocol

from logrouter.stages.pricing.rates import Price, Rates, flat, side_of

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_UPDATER: Final = "genai_prices.update_prices"
_UPDATES: Final = ("UpdatePrices", "wait_prices_updated_sync", "wait_prices_updated_async")
_TOKENS: Final = ("family", "tokens")
_DIMENSIONS: Final = {
    "input": (),
    "input_cached_tokens": (("token_type", "cache_read"),),
    "input_cached_audio_tokens": (("token_type", "cache_read"), ("modality", "audio")),
    "input_cached_image_tokens": (("token_type", "cache_read"), ("modality", "image")),
    "input_cache_creation": (("token_type", "cache_write"),),
    "input_cache_creation_5m": (("token_type", "cache_write"), ("cache_ttl", "5m")),
    "input_cache_creation_1h": (("token_type", "cache_write"), ("cache_ttl", "1h")),
    "input_audio_tokens": (("modality", "audio"),),
    "input_image_tokens": (("modality", "image"),),
    "input_video_tokens": (("modality", "video"),),
    "output": (),
    "output_reasoning_tokens": (("token_type", "reasoning"),),
    "output_audio_tokens": (("modality", "audio"),),
    "output_image_tokens": (("modality", "image"),),
    "output_video_tokens": (("modality", "video"),),
}
"""Our buckets in the dimensions of the book's units."""

_UNITS: Final = {
    "web_searches": "web_searches",
    "social_searches": "social_searches",
    "storage_searches": "file_searches",
    "code_executions": "code_executions",
    "rerank_searches": "rerank_searches",
    "input_characters": "characters",
    "input_document_pages": "pages",
    "audio_seconds": "audio_seconds",
}
"""The book's units beside tokens, and ours."""

_EXPECTED: Final = {
    "input_audio_tokens": ("modality", "audio"),
    "output_audio_tokens": ("modality", "audio"),
    "input_cached_audio_tokens": ("modality", "audio"),
    "input_cache_creation_1h": ("cache_ttl", "1h"),
}
"""Buckets that cost more than their side: without a price of their own the book does not know them."""

_ONE_AUDIO_RATE: Final = frozenset({"google"})
"""Providers that publish models which charge audio like text (Gemini 3.5 and later)."""

_NO_TOKENS: Final = frozenset({"moderation"})


class PriceBook(Protocol):
    """Knows list prices."""

    def rates(self, model: str, provider: str | None, at_ms: int, tier: str | None) -> Rates | None:
        """Return the rates in force at a moment for a service tier; None when the model or its tier is unknown."""
        ...

    def seller(self, model: str) -> str | None:
        """Return the provider that a model's name alone tells, None when it tells none."""
        ...


@dataclass(frozen=True, slots=True)
class GenaiPrices:
    """The price book of the genai-prices package, from its packaged data."""

    def rates(self, model: str, provider: str | None, at_ms: int, tier: str | None) -> Rates | None:
        """See `PriceBook.rates`; DeepSeek's hours begin and end on half hours, everything else on days."""
        return _rates(model, provider, at_ms // 1_800_000, tier)

    def seller(self, model: str) -> str | None:
        """See `PriceBook.seller`."""
        try:
            return _data().find_provider(model.lower(), None, None).id
        except LookupError:
            return None


PRICE_BOOK: Final = GenaiPrices()


def _data() -> "DataSnapshot":
    """Return the packaged data; loaded once a call needs it, which takes 110 ms.

    The package's updater stays out: it is never started, and brings in an HTTP client and asyncio, 40 ms more.
    """
    if "genai_prices" not in sys.modules:
        stand_in = ModuleType(_UPDATER)
        vars(stand_in).update(dict.fromkeys(_UPDATES))
        sys.modules[_UPDATER] = stand_in
    try:
        from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - not before a call needs it
    finally:
        if not hasattr(sys.modules.get(_UPDATER), "__file__"):
            sys.modules.pop(_UPDATER, None)
    return get_snapshot()


@lru_cache(maxsize=4096)
def _rates(model: str, provider: str | None, half_hour: int, tier: str | None) -> Rates | None:
    at = datetime.fromtimestamp(half_hour * 1800, UTC)
    try:
        sold_by, info = _data().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    prices = info.get_prices(at) if tier is None else _tier_prices(sold_by, info, at, tier)
    return None if prices is None else _read(prices, sold_by.id, info.id)


def _tier_prices(sold_by: "Provider", info: "ModelInfo", at: datetime, tier: str) -> "ModelPrice | None":
    """Return the prices of a tier, None where the book has none at that time: its standard price would be wrong."""
    context = {"service_tier": tier} | {"batch": {"processing": "batch"}, "fast": {"speed": "fast"}}.get(tier, {})
    is_own = any(info is own for own in sold_by.models)
    known = is_own and any(
        (variant.constraint is None or variant.constraint.active(at)) and variant.when.items() <= context.items()
        for variant in info.price_variants or ()
    )
    return info.get_prices(at, context) if known else None


def _read(prices: "ModelPrice", provider: str, model: str) -> Rates | None:
    """Turn the book's prices, which nest (cache inside input), into prices of exclusive buckets."""
    from genai_prices.units import _get_registry  # noqa: PLC0415 - lazy as above

    registry = _get_registry()
    sold: dict[frozenset[tuple[str, str]], Price] = {}
    units: dict[str, Decimal] = {}
    request = Decimal(0)
    for key, value in vars(prices).items():
        if value is None:
            continue
        unit = registry.unit_for_price_key(key)
        dimensions = frozenset(unit.dimensions.items())
        if _TOKENS in dimensions:
            sold[dimensions] = _price(value)
        elif unit.usage_key == "requests":
            request = value / unit.per
        elif unit.usage_key in _UNITS:
            units[_UNITS[unit.usage_key]] = value / unit.per
    if not sold and not units and not _is_free(model):
        return None
    tokens = _buckets(sold) if sold or not units else {}
    return Rates(
        tokens=tokens,
        units=units,
        request=request,
        assumed=_assumed(sold) if provider not in _ONE_AUDIO_RATE else frozenset(),
        everywhere=provider != "aws" or model.startswith(("global.", "regional.")),
    )


def _price(value: object) -> Price:
    base = getattr(value, "base", None)
    if base is None:
        return flat(Decimal(str(value)))
    return ((-1, base), *((tier.start, tier.price) for tier in getattr(value, "tiers", ())))


def _is_free(model: str) -> bool:
    """Tell whether the book's lack of any price means that nothing is charged, and not that it does not know."""
    return model.endswith(":free") or model in _NO_TOKENS


def _buckets(sold: Mapping[frozenset[tuple[str, str]], Price]) -> dict[str, Price]:
    """Return the price of each bucket: that of the most special unit it belongs to; a side without any is free."""
    return {bucket: sold[unit] if (unit := _unit(bucket, sold)) else flat(Decimal(0)) for bucket in _DIMENSIONS}


def _unit(bucket: str, sold: Mapping[frozenset[tuple[str, str]], Price]) -> frozenset[tuple[str, str]] | None:
    dimensions = {_TOKENS, ("direction", side_of(bucket)), *_DIMENSIONS[bucket]}
    return max((unit for unit in sold if unit <= dimensions), key=len, default=None)


def _assumed(sold: Mapping[frozenset[tuple[str, str]], Price]) -> frozenset[str]:
    return frozenset(
        bucket for bucket, own in _EXPECTED.items() if own not in (_unit(bucket, sold) or ()) and _unit(bucket, sold)
    )
