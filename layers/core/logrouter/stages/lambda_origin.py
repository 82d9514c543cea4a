"""Tells which function and version wrote a log stream, from the names that Lambda gives groups and streams.

`/aws/lambda/<function>` with streams `2026/11/20/[$LATEST]<32 hex digits>`; in a log group of the team's own the
function's name stands in the stream, `2026/11/20/<function>[$LATEST]<32 hex digits>` (docs.aws.amazon.com,
"Configuring CloudWatch log groups", checked 2026-11-20).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from logrouter.model import Origin

PREFIX = "/aws/lambda/"

_STREAM = re.compile(r"\d{4}/\d\d/\d\d/([\w-]{0,64})\[(\$LATEST|\d{1,10})\]\[?[0-9a-f]{32}\]?", re.ASCII)


class LambdaOrigin(NamedTuple):
    """A function's name, None when the names do not tell, and its version (`$LATEST` or a number)."""

    function: str | None
    version: str


@lru_cache(maxsize=256)
def lambda_origin(origin: Origin) -> LambdaOrigin | None:
    """Return function and version, None when the stream is not one of Lambda's.

    One stream is one execution environment, which serves one invocation at a time.
    """
    stream = _STREAM.fullmatch(origin.log_stream)
    if not stream:
        return None
    named = origin.log_group.removeprefix(PREFIX) if origin.log_group.startswith(PREFIX) else None
    return LambdaOrigin(stream[1] or named or None, stream[2])


def is_environment(origin: Origin) -> bool:
    """Tell whether a log stream is written by one execution environment of Lambda, by the names of group and stream."""
    return origin.log_group.startswith(PREFIX) or lambda_origin(origin) is not None
