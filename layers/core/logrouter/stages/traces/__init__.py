"""Readers of stack traces printed as text, one module a language; `registry.read_trace` tries them."""
