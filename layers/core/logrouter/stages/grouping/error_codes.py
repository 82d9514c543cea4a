"""Finds the code with which an error says what happened where its type does not: `ECONNREFUSED`, an SQLSTATE, a status.

One `ClientError` or `AxiosError` stands for every failure of a client; whoever mends it needs to know which.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from logrouter.model import Json


class CodePattern(NamedTuple):
    """How one family of errors states its code.

    Args:
        pattern: group 1 is the code.
        example: a message and its code.
    """

    pattern: re.Pattern[str]
    example: tuple[str, str]


CODE_PATTERNS: Final = (
    CodePattern(
        re.compile(r"\((\w{2,80})\) when calling the \w{1,80} operation", re.ASCII),
        ("An error occurred (ThrottlingException) when calling the PutItem operation", "ThrottlingException"),
    ),
    CodePattern(
        re.compile(r"\bSQLSTATE\[(\w{5})\]", re.ASCII),
        ("SQLSTATE[42S02]: Base table or view not found: 1146", "42S02"),
    ),
    CodePattern(
        re.compile(r"\bError Number: ?(\d{1,6})\b", re.ASCII),
        ("Transaction was deadlocked\nError Number:1205,State:51,Class:13", "1205"),
    ),
    CodePattern(
        re.compile(r"\b((?:ORA|TNS|PLS)-\d{4,5})\b", re.ASCII), ("ORA-00942: table does not exist", "ORA-00942")
    ),
    CodePattern(
        re.compile(
            r"\b(E(?:CONN[A-Z]+|TIMEDOUT|NOENT|ACCES|PERM|EXIST|PIPE|HOSTUNREACH|NETUNREACH|ADDRINUSE|AI_[A-Z]+|MFILE|NOSPC"
            r"|ISDIR|NOTDIR|NOTEMPTY|NOTFOUND|BUSY|ROFS))\b",
            re.ASCII,
        ),
        ("connect ECONNREFUSED 10.0.0.7:5432", "ECONNREFUSED"),
    ),
    CodePattern(
        re.compile(
            r"\b(?:[sS]tatus|[sS]tatus[ _][cC]ode|HTTP(?: [eE]rror)?)(?: code)?(?: is| was)?[ :=]{1,3}([1-5]\d\d)\b",
            re.ASCII,
        ),
        ("Request failed with status code 404", "404"),
    ),
    CodePattern(
        re.compile(r"^([45]\d\d) (?:Client|Server) Error\b", re.ASCII),
        ("503 Server Error: Service Unavailable for url: https://x.example", "503"),
    ),
)
"""boto, PDO and JDBC, SQL Server, Oracle, system calls, HTTP clients, requests."""

CODE_FIELDS: Final = ("error_code", "errorCode", "err_code", "errCode", "error.code", "code")
"""Attributes that state the code of an error."""

ERROR_FIELDS: Final = ("err", "error", "exception", "exc", "thrown", "reason", "cause")
"""Attributes that hold what an error says besides, and those within them that hold what its cause does."""

DETAILS_FIELD: Final = "trace_details"
"""Attribute with the lines behind a stack trace, in which Node prints the fields of an error and of its causes."""

DEPTH_LIMIT: Final = 5
"""Causes within causes that are looked at."""

MESSAGE_CHARS: Final = 2_000

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_.-]{1,40}|-?\d{1,5}", re.ASCII)
_PRINTED: Final = re.compile(
    rf"^[ {{]*\[?(?:{'|'.join(re.escape(name) for name in CODE_FIELDS)})\]?: (['\"]?)({_CODE.pattern})\1[ ,}}]*$",
    re.ASCII | re.MULTILINE,
)


def code_in(message: str) -> str | None:
    """Return the code that the message of an error states, None without one."""
    head = message[:MESSAGE_CHARS]
    return next((found[1] for code in CODE_PATTERNS if (found := code.pattern.search(head))), None)


def code_among(attributes: Mapping[str, Json]) -> str | None:
    """Return the code that the fields of a record state, such as `ECONNREFUSED` or 4012; None without one.

    Wherever its logger put them, so that one failure has one code: flat, within the error, or printed behind its trace.
    The error's own code counts first, then that of what caused it.
    """
    details = attributes.get(DETAILS_FIELD)
    printed = _PRINTED.search(details[:MESSAGE_CHARS]) if isinstance(details, str) else None
    return _stated(attributes, 0) or (printed[2] if printed else None)


def _stated(fields: Mapping[str, Json], depth: int) -> str | None:
    for name in CODE_FIELDS:
        value = fields.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and _CODE.fullmatch(str(value)):
            return str(value)
    inner = (fields.get(name) for name in ERROR_FIELDS) if depth < DEPTH_LIMIT else ()
    return next((code for error in inner if isinstance(error, Mapping) and (code := _stated(error, depth + 1))), None)
