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

MESSAGE_CHARS: Final = 2_000

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_.-]{1,40}|-?\d{1,5}", re.ASCII)


def code_in(message: str) -> str | None:
    """Return the code that the message of an error states, None without one."""
    head = message[:MESSAGE_CHARS]
    return next((found[1] for code in CODE_PATTERNS if (found := code.pattern.search(head))), None)


def code_among(attributes: Mapping[str, Json]) -> str | None:
    """Return the code that a field of a record states, such as `ECONNREFUSED` or 4012; None without one."""
    values = (attributes.get(name) for name in CODE_FIELDS)
    stated = (str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool))
    return next((text for text in stated if _CODE.fullmatch(text)), None)
