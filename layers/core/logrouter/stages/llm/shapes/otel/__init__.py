"""Telemetry of models in the forms of OpenTelemetry, and of its cousins."""

from logrouter.stages.llm.shapes.otel.shape import EXAMPLES, NO_EXAMPLES, read

__all__ = ["EXAMPLES", "NO_EXAMPLES", "read"]
