"""What of a `Set-Cookie` value is secret: the cookie, not its attributes; none of a cookie that keeps a preference."""

import re

_COOKIE = re.compile(r"[\w!#$%&'*+.^`|~-]{1,120}=(?P<v>[^;,\s]*)(?P<rest>.*)", re.DOTALL)
_ATTRIBUTES = re.compile(
    r"(?i)(?:\s{0,4};\s{0,4}(?:(?:path|domain|max-age|samesite|priority|version|comment)=[^;,\s]{0,200}"
    r"|expires=[A-Za-z]{3,9},?[ ][^;,]{0,40}|secure|httponly|partitioned))*\s{0,4};?\s{0,4}"
)
_PREFERENCE = re.compile(
    r"(?i)(?:lang|language|locale|theme|country|currency|timezone|tz|mode|font-?size|i18n\w{0,20}|next_locale|color-?scheme)"
    r"=\"?[a-z]{1,12}(?:[-_/][a-z]{2,12})?\"?(?=;|$)"
)


def secret_of_cookie(value: str) -> tuple[int, int] | None:
    """Return the span of the secret of one cookie as a server sets it; the whole value when it is no such thing.

    None for a cookie that keeps a preference (`lang=ko`).
    """
    cookie = _COOKIE.match(value)
    if cookie is None or not cookie["v"] or not _ATTRIBUTES.fullmatch(cookie["rest"]):
        return 0, len(value)
    return None if _PREFERENCE.match(value) else cookie.span("v")
