"""Identifiers found by their own shape: digits, addresses, networks."""
