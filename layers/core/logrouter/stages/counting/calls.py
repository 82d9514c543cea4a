"""A call of a model as counting sees it, and the amounts it adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol, Self

PICO_USD: Final = 10**12
"""Parts of a US dollar that amounts are whole numbers of: Langfuse keeps 12 decimals, and sums stay exact."""
CALLS_OF_MODELS: Final = frozenset({"generation", "embedding"})


class Call(Protocol):
    """What counting reads of a delivered call; times in epoch milliseconds, costs in US dollars."""

    @property
    def key(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def start_ms(self) -> int: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str | None: ...  # noqa: D102
    @property
    def service(self) -> str | None: ...  # noqa: D102
    @property
    def environment(self) -> str: ...  # noqa: D102
    @property
    def user_id(self) -> str | None: ...  # noqa: D102
    @property
    def failed(self) -> bool: ...  # noqa: D102
    @property
    def usage(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def tokens(self) -> int: ...  # noqa: D102
    @property
    def cost_usd(self) -> Decimal | None: ...  # noqa: D102
    @property
    def metadata(self) -> Mapping[str, str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Amounts:
    """What some calls come to.

    Args:
        pico_usd: cost in parts of a dollar (`PICO_USD`), of the calls that have one.
        unpriced: calls that used tokens and have no cost.
    """

    calls: int = 0
    tokens: int = 0
    pico_usd: int = 0
    unpriced: int = 0

    def __add__(self, other: Self) -> "Amounts":
        return Amounts(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.pico_usd + other.pico_usd,
            self.unpriced + other.unpriced,
        )


def is_counted(call: Call) -> bool:
    """Tell whether an observation is a call of a model: an agent, a chain or a tool is one only if it used tokens."""
    return call.kind in CALLS_OF_MODELS or call.tokens > 0 or bool(call.cost_usd)


def is_unpriced(call: Call) -> bool:
    """Tell whether a call used tokens that nobody knows the price of.

    A zero that only keeps Langfuse from inventing a cost is no price.
    """
    return call.tokens > 0 and (call.cost_usd is None or call.metadata.get("cost_source") == "unknown")


def amounts_of(call: Call) -> Amounts:
    """Return what one call adds."""
    pico_usd = int((call.cost_usd or Decimal(0)) * PICO_USD)
    return Amounts(1, call.tokens, pico_usd, int(is_unpriced(call)))
