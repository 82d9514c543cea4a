"""Holds every export for Langfuse that any test makes against OpenTelemetry's own parser and Langfuse's own rules.

The one place where the bytes of an export are made is wrapped for the whole session; a test during which an export with a
fault was made fails. Tests that make hundreds of exports are sampled. What runs in other processes is not seen here.
"""

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest

import logrouter.destinations.langfuse  # noqa: F401 - brings in all that makes exports

LOOKED_AT = 30
"""Exports of one test that are all looked at; of those behind, every twentieth is."""

WHERE = "logrouter.destinations"
MAKER = "export_bytes"
"""What makes the bytes of an export, and the modules that may have imported it."""

EXPECTED_IN_EXPORTS = "langfuse_faults_expected"
"""Marks tests that make exports with faults on purpose."""


class ExportWatch:
    """Keeps exports while a test runs, and judges them behind it: a test may be held to a time of its own."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.seen = 0

    def keep(self, export: bytes) -> None:
        """Take the bytes of one export."""
        self.seen += 1
        if self.seen <= LOOKED_AT or self.seen % 20 == 0:
            self.kept.append(export)

    def faults(self) -> list[str]:
        """Return what is wrong with the exports that were kept."""
        if not self.kept:
            return []
        from tests.unit.langfuse_oracle import faults_of_export

        return [fault for export in self.kept for fault in faults_of_export(export)]

    def report(self) -> str:
        """Say what is wrong, each fault once; nothing when nothing is."""
        faults = self.faults()
        shown = "\n".join(sorted(set(faults))[:20])
        return f"{len(faults)} faults in {self.seen} Langfuse exports of this test:\n{shown}" if faults else ""


def watched(make: Callable[..., bytes], watch: ExportWatch) -> Callable[..., bytes]:
    """Wrap what makes an export's bytes, so that `watch` gets them."""

    @wraps(make)
    def made(*arguments: Any, **named: Any) -> bytes:
        export = make(*arguments, **named)
        watch.keep(export)
        return export

    return made


class LangfuseWatch:
    """The plugin: puts a watch in place for one test with its fixtures, and fails a test whose exports have faults."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        item.langfuse_watch = watch = ExportWatch()  # type: ignore[attr-defined]
        modules = [module for name, module in sys.modules.items() if name.startswith(WHERE) and hasattr(module, MAKER)]
        makers = [(module, getattr(module, MAKER)) for module in modules]
        for module, make in makers:
            setattr(module, MAKER, watched(make, watch))
        try:
            return (yield)
        finally:
            for module, make in makers:
                setattr(module, MAKER, make)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        result = yield
        watch: ExportWatch = item.langfuse_watch  # type: ignore[attr-defined]
        if not item.get_closest_marker(EXPECTED_IN_EXPORTS) and (report := watch.report()):
            pytest.fail(report, pytrace=False)
        return result


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin, also where this module itself is one (`-p tests.langfuse_watch`)."""
    config.addinivalue_line("markers", f"{EXPECTED_IN_EXPORTS}: makes exports for Langfuse with faults on purpose")
    if not config.pluginmanager.has_plugin("langfuse_watch"):
        config.pluginmanager.register(LangfuseWatch(), "langfuse_watch")
