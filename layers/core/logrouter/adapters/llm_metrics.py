"""Writes the figures of LLM calls as embedded metrics: one line for each minute, environment, service and model."""

from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.adapters.telemetry import OWN_KEY
from logrouter.stages.counting.figures import Figures, Place, clean

NAMESPACE: Final = "logrouter/llm"
"""Its own: here the dimension `service` is the application's."""
UNITS: Final = {"CostUsd": "None", "CostDeviationUsd": "None", "AbsoluteCostDeviationUsd": "None"}


def write_figures(figures: Mapping[Place, Figures], dimensions: Sequence[Sequence[str]], deployment: str) -> None:
    """Write sums to the log; CloudWatch makes metrics of them at the time of the calls.

    Args:
        figures: sums by place.
        dimensions: sets of dimensions that each figure is written under; none writes nothing.
        deployment: name of this deployment's environment.
    """
    if not dimensions:
        return
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (  # noqa: PLC0415 - not at import
        AmazonCloudWatchEMFProvider,
    )

    for place, sums in sorted(figures.items(), key=lambda item: (item[0].moment_ms, *_names(item[0]))):
        names = dict(zip(("environment", "service", "model"), _names(place), strict=True), deployment=clean(deployment))
        first, *others = dimensions
        line = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service="")
        line.timestamp = place.moment_ms
        line.dimension_set = {name: names[name] for name in first}
        line.dimension_sets = [{name: names[name] for name in each} for each in others]
        line.add_metadata(OWN_KEY, value=True)
        for name, value in sums.items():
            line.add_metric(name, UNITS.get(name, "Count"), float(value))
        line.flush_metrics()


def _names(place: Place) -> tuple[str, str, str]:
    return place.environment, place.service, place.model
