"""Every mask that a rule may name, those that need a key included."""

from collections.abc import Callable, Mapping

from logrouter.masking.values.partial import MASKS
from logrouter.masking.values.pseudonyms import EMAIL, OTHER, USER, PseudonymKeys, Pseudonyms

type Mask = Callable[[str], str]

PSEUDONYMS = {"pseudonym": OTHER, "pseudonym.user": USER, "pseudonym.email": EMAIL}
"""Masks that put a pseudonym in the place of a value, with the class of each."""

EXAMPLE_KEYS = PseudonymKeys("k0", {"k0": b"known to everybody: for examples"})
"""What the examples of rules are held against, so that they come out alike everywhere."""


def _of_people(name: str) -> Mask:
    def mask(value: str) -> str:
        from logrouter.masking.values.people import SHOWN  # noqa: PLC0415 - a cold start of the default policy goes without

        return SHOWN[name](value)

    return mask


def masks_of(pseudonyms: Pseudonyms) -> Mapping[str, Mask]:
    """Return the masks by name."""
    return {
        **MASKS,
        **{name: _of_people(name) for name in ("name", "birth_date", "street")},
        **{name: pseudonyms.mask(kind) for name, kind in PSEUDONYMS.items()},
    }
