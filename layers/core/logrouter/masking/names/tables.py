"""Values known by where they stand: the columns of a SQL INSERT, the data of a Kubernetes Secret."""

import re
from collections.abc import Iterator

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.values.judgement import CHECKS
from logrouter.masking.values.keyed import masked_value
from logrouter.masking.values.keys import KeyPolicy, Verdict

_INSERT = re.compile(
    r"(?i)(?:insert|replace)\s+(?:ignore\s+)?into\s+[^\s(]{1,200}\s*\(([^()]{1,4000})\)\s*values?\s*(?=\()"
)
_VALUE = re.compile(
    r"\s*(?:'((?:[^'\\]++|''|\\.)*+)'?|\"((?:[^\"\\]++|\\.)*+)\"?|((?:[^,()'\"]++|\([^()]*\))*+))\s*([,)]?)", re.DOTALL
)
_NEXT_ROW = re.compile(r"\s*,\s*(?=\()")


def find_inserted(text: str, policy: KeyPolicy) -> Iterator[Edit]:
    """Yield an edit for every value of an INSERT whose column the key policy finds sensitive."""
    for insert in _INSERT.finditer(text):
        verdicts = [policy.verdict(column.strip(" \t\r\n`\"'[]")) for column in insert[1].split(",")]
        if any(verdicts):
            yield from _rows(text, insert.end(), verdicts)


def _rows(text: str, at: int, verdicts: list[Verdict | None]) -> Iterator[Edit]:
    row: re.Match[str] | None
    while at < len(text) and text[at] == "(":
        at += 1
        for verdict in [*verdicts, None]:
            value = _VALUE.match(text, at)
            if value is None or value.end() == at:
                return
            edit = _edit(value, verdict)
            if edit:
                yield edit
            at = value.end()
            if value[4] != ",":
                break
        row = _NEXT_ROW.match(text, at)
        if row is None:
            return
        at = row.end()


_PREPARED = re.compile(r"Preparing:[ \t]*([^\n]*\?[^\n]*)\n(?:[^\n]*\n){0,2}?[^\n]*?Parameters:[ \t]*")
_PARAMETER = re.compile(r"([^\n]*?)(?:\([A-Z][A-Za-z]{2,24}\)|(?<=null))(?:, |(?=[ \t\r\"']*(?:\n|$)))")
_BOUND = re.compile(r"binding parameter [\[(]([0-9]{1,3})[^\n]{0,60}?(?:- |<- )\[([^\]\n]*)\]")
_PLACE = re.compile(r"([\w.`\"]+)\s*(?:=|<>|!=|[<>]=?|(?i:like|in\s*\())\s*\?|\?")
_STATEMENT = re.compile(r"(?i)(?:insert|update|select|delete|merge|replace)\s[^\n]*\?[^\n]*")


def find_bound(text: str, policy: KeyPolicy) -> Iterator[Edit]:
    """Yield an edit for every parameter of a prepared statement whose column is sensitive (MyBatis, Hibernate)."""
    for prepared in _PREPARED.finditer(text):
        verdicts = _bound_verdicts(prepared[1], policy)
        at = prepared.end()
        for verdict in verdicts if any(verdicts) else ():
            parameter = _PARAMETER.match(text, at)
            if parameter is None:
                break
            yield from _bound_edit(parameter, 1, verdict)
            at = parameter.end()
    statement = _STATEMENT.search(text) if "binding parameter" in text else None
    if statement:
        verdicts = _bound_verdicts(statement[0], policy)
        for bound in _BOUND.finditer(text, statement.end()):
            place = int(bound[1]) - 1
            yield from _bound_edit(bound, 2, verdicts[place] if 0 <= place < len(verdicts) else None)


def _bound_verdicts(statement: str, policy: KeyPolicy) -> list[Verdict | None]:
    """Return what the key policy says of the column of each `?` of a statement, in order."""
    insert = _INSERT.search(statement)
    if insert:
        columns = [column.strip(" \t\r\n`\"'[]") for column in insert[1].split(",")]
        values = statement[insert.end() :].strip("() \t\r;").split(",")
        return [
            policy.verdict(column) for column, value in zip(columns, values, strict=False) if value.strip(" ()") == "?"
        ]
    names = (place[1] for place in _PLACE.finditer(statement))
    return [policy.verdict(name.rpartition(".")[2].strip('`"')) if name else None for name in names]


def _bound_edit(match: re.Match[str], group: int, verdict: Verdict | None) -> Iterator[Edit]:
    value = match[group]
    if verdict is None or not value.strip():
        return
    new = masked_value(value, verdict)
    if new is not None:
        yield Edit(*match.span(group), new, verdict.rule)


def _edit(value: re.Match[str], verdict: Verdict | None) -> Edit | None:
    group = next((number for number in (1, 2, 3) if value[number] is not None), 0)
    if verdict is None or not group or not value[group].strip():
        return None
    start, end = value.span(group)
    end -= len(value[group]) - len(value[group].rstrip())
    new = masked_value(value[group].rstrip(), verdict)
    return Edit(start, end, new, verdict.rule) if new is not None else None


_SECRET_MANIFEST = re.compile(r"(?m)^[ \t-]*[\"']?kind[\"']?:[ \t]*[\"']?Secret\b")
_DATA_BLOCK = re.compile(r"(?m)^([ \t]*)(?:data|stringData):[ \t]*\r?\n")
_DATUM = re.compile(r"([ \t]*)[^\s:#][^:\n]{0,200}:[ \t]*([^\s][^\n]*)?\r?(?:\n|$)|([ \t]+)([^\n]+)(?:\n|$)")


def find_manifest_secrets(text: str) -> Iterator[Edit]:
    """Yield an edit for every datum of a Kubernetes Secret written as YAML."""
    if not _SECRET_MANIFEST.search(text):
        return
    for block in _DATA_BLOCK.finditer(text):
        at, indent = block.end(), len(block[1])
        while True:
            line = _DATUM.match(text, at)
            depth = len(line[1] if line and line[1] is not None else line[3] if line else "")
            if line is None or depth <= indent:
                break
            group = 2 if line[2] else 4
            value = (line[group] or "").rstrip()
            if value and value not in {"|", ">", "|-", ">-"} and CHECKS["secret"](value):
                yield Edit(line.start(group), line.start(group) + len(value), SECRET, "k8s.secret")
            at = line.end()
