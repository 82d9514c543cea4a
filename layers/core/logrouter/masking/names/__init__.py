"""Secrets found by the name beside them in text, in whatever notation it is written."""
