"""Lines of .NET: the console of Microsoft.Extensions.Logging (ASP.NET Core), Serilog's console and file, NLog."""

import re
from typing import TYPE_CHECKING

from logrouter.stages.reading.fields import read_fields, status_of
from logrouter.stages.reading.levels import level_of, level_of_syslog
from logrouter.stages.reading.parser import DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_TIME = (
    r"(?:(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,7})?(?: ?(?:Z|[+-]\d\d:\d\d))?"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,7})?) ?)?"
)
_CONSOLE = re.compile(
    rf"{_TIME}(trce|dbug|info|warn|fail|crit): ([\w.+`<>\[\]-]+)\[(-?\d+)\](?:\n {{6}}| )(.*)", re.ASCII | re.DOTALL
)
_SYSTEMD = re.compile(rf"<([0-7])>{_TIME}([\w.+`<>-]+)\[(-?\d+)\] (.*)", re.ASCII | re.DOTALL)
_SERILOG = re.compile(
    r"\[(?:(\d\d:\d\d:\d\d)(?:[.,]\d{1,7})?) (VRB|DBG|INF|WRN|ERR|FTL)\] (?:\[([^\]\n]{1,120})\] )?(.*)"
    r"|(\d{4}-\d\d-\d\d[T ][\d:.,]{8,16}(?: [+-]\d\d:\d\d)?) \[(VRB|DBG|INF|WRN|ERR|FTL)\] "
    r"(?:([\w.+`<>]+\.[\w.+`<>]+): )?(.*)",
    re.ASCII | re.DOTALL,
)
_NLOG = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,7})\|(?:(\d{1,9})\|)?(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\|([^|\n]*)\|(.*)",
    re.ASCII | re.DOTALL,
)
_SCOPE = re.compile(r"=> ([^\n]*)(?:\n|$)")
_FACT = re.compile(r"([A-Z]\w{2,40}):([^\s,]{1,200})")
_PROPERTIES = re.compile(r' \{((?:\w+=(?:"(?:[^"\\]|\\.)*"|[^\s,{}"]*)(?:, |(?=\})))+)\}(?=\n|$)')
_PROPERTY = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,{}"]*))')
"""Serilog's `{Properties}` behind the message."""

_FINISHED = re.compile(
    r"Request finished HTTP/[\d.]+ ([A-Z]{3,7}) (\S+) (?:\S+ \S+ )?- (\d{3})(?: \S+ \S+)? ([\d.]{1,12})ms", re.ASCII
)
_REQUEST_ID = re.compile(r'[Rr]equest id "([^"\n]{1,80})"')


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _CONSOLE.match(text):
        time, word, category, event_id, message = found.groups()
        return _console(time, word, category, event_id, message, at_ms)
    if found := _SYSTEMD.match(text):
        number, time, category, event_id, message = found.groups()
        fields = _console(time, None, category, event_id, message, at_ms)
        fields["level"] = level_of_syslog(int(number))
        return fields
    if found := _SERILOG.match(text):
        time, word, name, message = found.groups()[:4] if found[2] else found.groups()[4:]
        return _serilog(time, word, name, message, at_ms)
    if found := _NLOG.match(text):
        time, event_id, word, name, message = found.groups()
        fields = _fields(time, word, name, message, at_ms)
        if event_id:
            fields["attributes"]["event_id"] = event_id
        return fields
    return None


def _console(time: str | None, word: str | None, category: str, event_id: str, message: str, at_ms: int) -> Fields:
    """Read what the console logger writes: scopes in a line of their own, the message indented below its category."""
    facts: dict[str, Json] = {}
    scopes: list[str] = []
    while scope := _SCOPE.match(message):
        scopes.append(scope[1])
        facts |= dict(_FACT.findall(scope[1]))
        message = message[scope.end() :].removeprefix(" " * 6)
    fields = _fields(time, word, category, message.replace("\n" + " " * 6, "\n"), at_ms)
    if scopes:
        fields["attributes"]["scopes"] = [part for scope in scopes for part in scope.split(" => ")]
        read = read_fields(facts, at_ms)
        for name in ("request_id", "trace_id", "span_id", "path"):
            if name in read:
                fields[name] = read[name]
    if event_id != "0":
        fields["attributes"]["event_id"] = event_id
    if "request_id" not in fields and (request := _REQUEST_ID.search(fields["message"], 0, 500)):
        fields["request_id"] = request[1]
    if finished := _FINISHED.match(fields["message"]):
        method, url, status, duration = finished.groups()
        fields |= {"method": method, "path": _path(url), "status": status_of(status), "duration_ms": _number(duration)}
    return fields


def _serilog(time: str, word: str, name: str | None, message: str, at_ms: int) -> Fields:
    """Read Serilog's text, the properties behind the message lifted up."""
    fields = _fields(time, word, name, message, at_ms)
    line, _, rest = message.partition("\n")
    if not (found := _PROPERTIES.search(line)) or found.end() != len(line.rstrip()):
        return fields
    read = read_fields({key: quoted or bare for key, quoted, bare in _PROPERTY.findall(found[1])}, at_ms)
    read["attributes"] |= fields.pop("attributes")
    fields["message"] = f"{line[: found.start()]}\n{rest}".rstrip()
    return {**read, **{key: value for key, value in fields.items() if value is not None}}  # type: ignore[typeddict-item]


def _fields(time: str | None, word: str | None, name: str | None, message: str, at_ms: int) -> Fields:
    fields: Fields = {"level": level_of(word), "message": message.rstrip(), "component": name, "attributes": {}}
    put_time(fields, time or "", at_ms)
    return fields


def _path(url: str) -> str:
    _, scheme, rest = url.partition("://")
    return "/" + rest.partition("/")[2] if scheme else url


def _number(digits: str) -> float | None:
    return float(digits) if digits.count(".") < 2 and digits != "." else None


TEXT = TextParser(
    name="dotnet",
    starts="tdiwfc<[" + DIGITS,
    read=_read,
    examples=(
        (
            "fail: Shop.Pay[7]\n      charge failed\nSystem.TimeoutException: slow\n"
            "   at Shop.Pay.Charge() in /app/Pay.cs:line 12"
        ),
        "info: Web.Diagnostics[2] Request finished HTTP/1.1 GET http://shop/orders/1 - - - 500 0 - 31.8ms",
        "2026-11-20T02:00:00.123Z crit: Shop.Pay[0] cannot go on",
        "<3>Shop.Pay[7] charge failed",
        "[02:00:00 FTL] cannot go on",
        "2026-11-20 02:00:00.123 +00:00 [ERR] Shop.Pay: charge failed",
        "2026-11-20 02:00:00.1234|ERROR|Shop.Pay|charge failed",
    ),
)
