"""Exceptions of Java whose class is not called an exception: named by where their frames stand."""

import pytest

from logrouter.model import LogEvent, RawText
from logrouter.stages.stitching.stitch import stitch
from logrouter.stages.traces import java

FRAMES = ["\tat com.depot.Shelf.take(Shelf.java:6)", "\tat com.depot.Api.pick(Api.java:10)"]


class TestTitles:
    @pytest.mark.parametrize("title", ["OutOfStock: sku A", "Depot$OutOfStock: sku A"])
    @pytest.mark.parametrize("before", [[], ["pick failed for list 88"], ["pick failed", ""]])
    def test_a_class_without_a_package(self, title, before):
        """The line directly above the frames that begins with one word is class and message."""
        trace = java.read("\n".join([*before, title, *FRAMES]))

        assert (trace.before, trace.error.type, trace.error.message) == (
            "\n".join(before).strip(),
            title.partition(":")[0],
            "sku A",
        )

    def test_a_sentence_is_no_class(self):
        """Words above the frames are a message."""
        assert java.read("\n".join(["Could not pick list 88", *FRAMES])).error.type is None

    @pytest.mark.parametrize(
        "head",
        [
            ["Nov 20, 2026 12:46:32 PM com.depot.Api pick", "SEVERE: pick failed for list 88"],
            ["2026-11-20 12:46:32,123 ERROR [main] com.depot.Api: pick failed for list 88"],
        ],
    )
    @pytest.mark.parametrize("title", ["com.depot.OutOfStock: sku A", "Depot$OutOfStock: sku A"])
    def test_it_joins_the_line_of_the_logger(self, head, title):
        """Line by line, the frames below prove that the title belongs to what the logger wrote above."""
        lines = [*head, title, *FRAMES]

        events = stitch([LogEvent(str(at), 1_000 + at, RawText(line)) for at, line in enumerate(lines)])

        assert [event.message for event in events] == ["\n".join(lines)]
