"""Masking: personal data and secrets out of every record, before anything else happens to it."""

from logrouter.masking.edits import FAILED, SECRET, Finding
from logrouter.masking.engine import Masker, default_masker
from logrouter.model import Json

__all__ = ["FAILED", "SECRET", "Finding", "Masker", "default_masker", "mask"]


def mask(record: str | dict[str, Json]) -> str | dict[str, Json]:
    """Mask a record with the packaged policy: text gives text, a dict gives a dict; raises nothing; idempotent."""
    return default_masker().mask(record)
