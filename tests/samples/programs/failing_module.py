"""A module that fails while it is imported."""

from failing import charge

charge(0)
