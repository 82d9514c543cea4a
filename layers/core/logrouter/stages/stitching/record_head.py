"""What the first line of a record says about who wrote it, and so about what may stand below."""

from functools import cached_property

from logrouter.stages.stitching.line_shapes import (
    BLANKS,
    COLLECTOR_REPORT,
    COMPLETE,
    DATED,
    JUL_HEAD,
    LEVEL,
    MARKED,
    MYSQL,
    NPM_LINES,
    POSTGRESQL,
    POSTGRESQL_FAILED,
    RAILS_EMPTY,
    RUBY_TAGS,
    SAYS_ERROR,
    SLOW_QUERY,
    SPRING_REPORT,
)


class Head:
    """The first line of a record; it is looked at only where the answer matters.

    Args:
        head: without its line end.
    """

    def __init__(self, head: str) -> None:
        self.head = head

    @cached_property
    def is_marked(self) -> bool:
        """Whether it begins as a logger begins a line."""
        return MARKED.match(self.head.lstrip(BLANKS)) is not None

    @cached_property
    def is_error_line(self) -> bool:
        """Whether a logger wrote it, and it speaks of an error."""
        return self.is_marked and SAYS_ERROR.search(self.head, 0, 300) is not None

    @cached_property
    def is_dated_error(self) -> bool:
        """Whether it begins with a time and says the level of an error."""
        level = LEVEL.search(self.head, 0, 200) if DATED.match(self.head) else None
        return level is not None and level[1] is not None and not self.is_complete

    @cached_property
    def is_complete(self) -> bool:
        """Whether nothing ever stands below such a line."""
        return COMPLETE.match(self.head) is not None

    @cached_property
    def is_jul(self) -> bool:
        """Whether java.util.logging wrote it, which says the level and the message on the line below."""
        return JUL_HEAD.fullmatch(self.head) is not None

    @cached_property
    def is_of_mysql(self) -> bool:
        """Whether a MySQL server wrote it: all its records begin with a time, so what does not continues one."""
        return MYSQL.match(self.head) is not None or self.head.startswith(SLOW_QUERY)

    @cached_property
    def postgresql_failed(self) -> bool | None:
        """Whether details of a failure may stand below; None when a PostgreSQL server did not write it."""
        session = POSTGRESQL.match(self.head)
        return None if session is None else session[4] in POSTGRESQL_FAILED

    @property
    def is_of_npm(self) -> bool:
        """Whether npm wrote it, which puts the same word before each line."""
        return self.head.startswith(NPM_LINES)

    @cached_property
    def is_of_rails(self) -> bool:
        """Whether it is the empty line that Rails writes above an exception."""
        return RAILS_EMPTY.match(self.head) is not None

    @cached_property
    def is_report(self) -> bool:
        """Whether a report of many lines stands below it."""
        if self.head.endswith(" #0"):
            return COLLECTOR_REPORT.search(self.head, 0, 300) is not None
        return SPRING_REPORT.search(self.head, 0, 300) is not None

    def has_tags_of(self, line: str) -> bool:
        """Whether a line begins with the tags that Rails puts in front of each line of the record."""
        return line[:1] == "[" and self._tags != "" and line.startswith(self._tags)

    @cached_property
    def _tags(self) -> str:
        found = RUBY_TAGS.match(self.head)
        return found[1].rstrip() if found else ""
