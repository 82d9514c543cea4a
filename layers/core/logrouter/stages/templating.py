"""Lifts what varies out of a message, so that equal messages group: `order %s failed after %s ms`."""

import re

PARAMS_LIMIT = 50
"""More variable parts than this are one: whatever follows becomes the last parameter."""

TEXT_LIMIT_CHARS = 2_000
"""Only so much of a message is read for its template; the rest becomes the last parameter."""

_VARIABLE = re.compile(
    r"""
      \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b          # UUID
    | \b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?             # date, time
    | \b\d{1,3}(?:\.(?:\d{1,3}|\*{1,3})){3}(?::\d{1,5})?\b                                          # IPv4
    | [\w.+*\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}                                           # address, masked
    | (?<![\w\-])[\w\-]{0,40}\*{2,}[\w*\-]*                                                         # masked
    | \b(?:https?|s3|wss?|postgres(?:ql)?|mysql|redis|amqp|mongodb)://[^\s"'<>)\]]{1,500}            # URL
    | \barn:aws[\w\-]{0,10}:[^\s"',)]{1,300}                                                        # ARN
    | "[^"\n]{1,300}" | (?<!\w)'[^'\n]{1,300}'(?!\w) | `[^`'\n]{1,300}[`']                           # quoted
    | (?<![\w/.])/(?:[\w.@%+\-]{1,100}/){1,20}[\w.@%+\-]{0,100}                                      # path
    | \b0x[0-9a-fA-F]+\b
    | \b[0-9a-zA-Z_\-]{8,200}\b                                                                     # id, if it looks so
    | (?<![A-Za-z_\d])\d+(?:[.,:]\d+)*                                                              # number
    | (?<=[_\-])\d+
    """,
    re.VERBOSE,
)
_HEX = re.compile(r"[0-9a-fA-F]{8,}", re.ASCII)
_NUMBER = re.compile(r"(?<![A-Za-z_\d])\d+|(?<=[_\-])\d+", re.ASCII)


def template_of(message: str) -> tuple[str, tuple[str, ...]]:
    """Split a message into template and parameters; `template % params` gives the message back.

    Numbers, ids, addresses, hashes, paths, URLs, quoted values, times and masked values become `%s`; a per cent sign
    of the message is written `%%`.
    """
    head, rest = message[:TEXT_LIMIT_CHARS], message[TEXT_LIMIT_CHARS:]
    parts: list[str] = []
    params: list[str] = []
    end = 0
    spans = (span for found in _VARIABLE.finditer(head) for span in _spans(found))
    for start, stop in spans:
        if len(params) == PARAMS_LIMIT - 1:
            rest, head = head[start:] + rest, head[:start]
            break
        parts += [_escaped(head[end:start]), "%s"]
        params.append(head[start:stop])
        end = stop
    parts.append(_escaped(head[end:]))
    if rest:
        parts.append("%s")
        params.append(rest)
    return "".join(parts), tuple(params)


def _spans(found: re.Match[str]) -> list[tuple[int, int]]:
    """Say what of a match is variable: all of it, or only the numbers of a word that is no id."""
    text = found[0]
    if text[0] in "\"'`":
        return [(found.start() + 1, found.end() - 1)]
    if not text.replace("-", "").replace("_", "").isalnum() or not text.isascii():
        return [found.span()]
    digits = sum(character.isdecimal() for character in text)
    if digits == len(text) or (_HEX.fullmatch(text) and digits) or text.startswith("0x"):
        return [found.span()]
    has_both_cases = text.lower() != text and text.upper() != text
    is_id = digits >= 3 and len(text) >= 12 and (has_both_cases or digits * 3 >= len(text))
    if is_id or found.end() - found.start() < 8:
        return [found.span()]
    start = found.start()
    return [(start + number.start(), start + number.end()) for number in _NUMBER.finditer(text)]


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


_ID_SEGMENT = re.compile(r"\d+|[0-9a-fA-F\-]{8,}|[\w\-]*\d[\w\-]*\d[\w\-]*\d[\w\-]*|.*[*@%].*|\S{40,}", re.ASCII)


def route_of_path(path: str) -> str:
    """Turn a path into a route: the query goes, segments that look like ids become `{id}`."""
    bare = path.partition("?")[0].partition("#")[0]
    return "/".join("{id}" if _ID_SEGMENT.fullmatch(part) else part for part in bare.split("/"))[:200]
