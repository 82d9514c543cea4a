"""Tables in text: a header line that names columns, rows of values below (`| user | password |`, CSV, TSV, psql)."""

import re

from logrouter.masking.edits import Edit
from logrouter.masking.values.keyed import masked_value
from logrouter.masking.values.keys import KeyPolicy, Verdict

ROWS_LIMIT = 2_000
"""So many rows are read below one header."""

CELLS_LIMIT = 64
"""A line of more cells is data, not a header."""

NAME_LIMIT_WORDS = 4
"""Names of columns are shorter."""

HEADER_LIMIT_CHARS = 4_000
"""A longer line is data as well."""

_NAME = re.compile(r"[ \t\"'`]*([A-Za-z_\uac00-\ud7a3][\w.\uac00-\ud7a3 -]{0,60}?)[ \t\"'`\r]*")
_PREFIX = re.compile(r"[\d\]:]")
_RULE = re.compile(r"[\s|+:=-]+")
_SEPARATORS = "|\t,;"
_CELLS = {
    mark: re.compile(
        rf"[ ]*(?:\"((?:[^\"\n]|\"\")*)\"|([^{re.escape(mark)}\n\r]*))[ ]*\r?(?:{re.escape(mark)}|$|(?=\n))"
    )
    for mark in _SEPARATORS
}


def with_columns(text: str, assigned: list[Edit], policy: KeyPolicy) -> list[Edit]:
    """Add an edit for every cell below the name of a column that the key policy finds sensitive.

    Args:
        text: several lines.
        assigned: edits of names and values side by side; those of a header are no such pairs and are left out.
        policy: judges the names of columns.
    """
    found = assigned
    at = 0
    while at < len(text):
        start, end = at, _line_end(text, at)
        header = _header(text[at:end], policy) if end < len(text) and end - at < HEADER_LIMIT_CHARS else None
        at = end + 1
        if header is not None and _is_row(text, start, end):
            continue
        if header is None or _is_vertical(text, start, at, header):
            continue
        below = at
        at, cells = _cells_below(text, at, *header)
        if at > below:
            found = [edit for edit in found if not start <= edit.start < end] + cells
    return found


def _is_row(text: str, start: int, end: int) -> bool:
    """Say whether the line above has the same cells between `|`: then this line is one more row of that table."""
    bars = text.count("|", start, end)
    return bars > 0 and text.count("|", max(0, text.rfind("\n", 0, max(0, start - 1)) + 1), start) == bars


def _is_vertical(text: str, start: int, at: int, header: tuple[str, list[Verdict | None]]) -> bool:
    """Tell `| password | x |` above other pairs of name and value from a header of two columns."""
    mark, verdicts = header
    below = _line_end(text, at)
    if _RULE.fullmatch(text, at, below) and below > at:
        return False
    above = [cell.strip() for cell in text[start : at - 1].strip().strip(mark).split(mark)]
    first = text[at:below].strip().strip(mark).split(mark)[0].strip()
    if len(above) != 2 or not any(verdicts[:2]) or verdicts[-1] is not None:
        return False
    return not above[1].isalpha() or first.isalpha()


def _cells_below(text: str, at: int, mark: str, verdicts: list[Verdict | None]) -> tuple[int, list[Edit]]:
    """Return where the rows below a header end, and the edits of their cells."""
    found: list[Edit] = []
    for _ in range(ROWS_LIMIT):
        end = _line_end(text, at)
        if end == at or not _RULE.fullmatch(text, at, end):
            edits = _row(text, at, end, mark, verdicts)
            if edits is None:
                break
            found += edits
        at = end + 1
        if at >= len(text):
            break
    return at, found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _header(line: str, policy: KeyPolicy) -> tuple[str, list[Verdict | None]] | None:
    """Return the mark between the columns of a line of names, and what is said of each; None for no such line."""
    mark = next((mark for mark in _SEPARATORS if mark in line), "")
    if not mark or "=" in line:
        return None
    cells = line.split(mark)
    if not 2 <= len(cells) <= CELLS_LIMIT:
        return None
    names = [_NAME.fullmatch(cell) for cell in cells]
    if (names[0] is None or " " in names[0][1]) and _PREFIX.search(cells[0]):
        cells[0] = cells[0].split(" ")[-1]  # the head of a log line
        names[0] = _NAME.fullmatch(cells[0])
        cells[0] = cells[0] if names[0] else ""
    if any(name is None and cell.strip() for name, cell in zip(names, cells, strict=True)):
        return None
    if mark != "|" and _is_sentence(cells, [name[1] for name in names if name]):
        return None
    verdicts = [policy.verdict(name[1]) if name else None for name in names]
    return (mark, verdicts) if any(verdicts) else None


def _is_sentence(cells: list[str], names: list[str]) -> bool:
    """Tell words between commas (`your name, new password`) from names of several words (`User name,Password`)."""
    if all(" " not in name for name in names):
        return False
    is_spaced = any(cell.startswith(" ") for cell in cells[1:])
    return is_spaced or any(name.count(" ") >= NAME_LIMIT_WORDS for name in names)


def _row(text: str, at: int, end: int, mark: str, verdicts: list[Verdict | None]) -> list[Edit] | None:
    """Return the edits of one row; None when the line has another number of cells."""
    found: list[Edit] = []
    cells = 0
    while at <= end and cells < len(verdicts):
        cell = _CELLS[mark].match(text, at, end)
        if cell is None:
            return None
        verdict = verdicts[cells]
        group = 1 if cell[1] is not None else 2
        value = cell[group].strip()
        cells += 1
        at = cell.end() if cell.end() > at else end + 1
        if cell.end() == end and text[end - 1 : end] != mark:
            at = end + 1
        if verdict is None or not value:
            continue
        new = masked_value(value, verdict)
        if new is not None:
            start = cell.start(group) + len(cell[group]) - len(cell[group].lstrip())
            found.append(Edit(start, start + len(value), new, verdict.rule))
    return found if cells == len(verdicts) and at > end else None
