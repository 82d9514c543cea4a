"""Parsers of log formats, one module a format; `registry` names them all in the order they are asked."""
