"""Masking: personal data and secrets out of every record, before anything else happens to it."""
