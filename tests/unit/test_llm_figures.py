"""What calls add up to in metrics, and how names from logs become dimensions."""

import json
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.adapters.llm_metrics import NAMESPACE, write_figures
from logrouter.destinations.langfuse_account import CallFacts
from logrouter.stages.counting.figures import HOUR_MS, MINUTE_MS, Names, Place, clean, figures_of

NOW_MS = 1_795_140_000_000
"""2026-11-20T02:00:00Z."""


def call(number: int = 1, **more: object) -> CallFacts:
    facts = {
        "key": f"langfuse:{number:016x}",
        "observation_id": f"{number:016x}",
        "trace_id": "0" * 32,
        "start_ms": NOW_MS - 30_000,
        "kind": "generation",
        "model": "gpt-4o",
        "environment": "production",
        "user_id": "u-1",
        "failed": False,
        "usage": {"input": 100, "input_cached_tokens": 20, "output": 30, "output_reasoning_tokens": 7, "total": 157},
        "cost": {"total": Decimal("0.000123")},
        "metadata": {"service": "chat"},
        **more,
    }
    return CallFacts(**facts)


def sums(*calls: CallFacts, limit: int = 100) -> dict[str, Decimal]:
    """The figures of all calls together."""
    found: Counter[str] = Counter()
    for figures in figures_of(calls, Names(), NOW_MS, limit)[0].values():
        found.update(figures)
    return dict(found)


def test_a_call_is_counted_by_the_side_of_its_tokens() -> None:
    """Cached input is input, reasoning is output; what is zero is left out."""
    assert sums(call()) == {
        "Calls": 1,
        "InputTokens": 120,
        "OutputTokens": 37,
        "CachedTokens": 20,
        "ReasoningTokens": 7,
        "TotalTokens": 157,
        "CostUsd": Decimal("0.000123"),
    }


def test_costs_add_up_exactly() -> None:
    """A million times a tenth of a millionth is a tenth, whatever binary fractions say."""
    assert sums(*[call(n, cost={"total": Decimal("0.1")}) for n in range(1000)])["CostUsd"] == Decimal(100)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"cost": {}}, {"UnpricedCalls": 1}),
        ({"cost": {}, "usage": {}}, {}),
        ({"cost": {"total": Decimal(0)}, "metadata": {"cost_source": "unknown"}}, {"UnpricedCalls": 1}),
        ({"cost": {"total": Decimal(0)}, "metadata": {"cost_source": "prices"}}, {"UnpricedCalls": None}),
        ({"failed": True}, {"FailedCalls": 1}),
        ({"usage": {"unsplit": 50, "total": 50}}, {"TotalTokens": 50}),
        (
            {"metadata": {"cost_deviation": "-0.5", "cost_computed": "0.000246"}},
            {
                "DeviatingCalls": 1,
                "CostDeviationUsd": Decimal("-0.000123"),
                "AbsoluteCostDeviationUsd": Decimal("0.000123"),
            },
        ),
        ({"metadata": {"cost_deviation": "1", "cost_computed": "NaN"}}, {"DeviatingCalls": 1}),
    ],
)
def test_what_is_noticed_is_counted(more: dict[str, object], expected: dict[str, object]) -> None:
    """No price, failures, totals without sides and deviations each have a figure."""
    found = sums(call(**more))

    assert {name: found.get(name) for name in expected} == expected
    assert expected.get("UnpricedCalls") == found.get("UnpricedCalls")


@pytest.mark.parametrize(
    ("kind", "usage", "counted"),
    [
        ("generation", {}, True),
        ("embedding", {}, True),
        ("agent", {}, False),
        ("tool", {}, False),
        ("retriever", {"input": 5, "total": 5}, True),
    ],
)
def test_calls_of_models_are_counted(kind: str, usage: dict[str, int], counted: bool) -> None:
    """What is no call of a model counts only if it used tokens."""
    assert bool(sums(call(kind=kind, usage=usage, cost={}))) == counted


@pytest.mark.parametrize(
    ("age_ms", "moment_ms"),
    [
        (90_000, NOW_MS - 2 * MINUTE_MS),
        (-90_000, NOW_MS + MINUTE_MS),
        (4 * HOUR_MS + 1, NOW_MS - 5 * HOUR_MS),
        (13 * 24 * HOUR_MS, NOW_MS - 13 * 24 * HOUR_MS),
        (14 * 24 * HOUR_MS, None),
        (-2 * HOUR_MS, None),
    ],
)
def test_calls_count_at_their_own_time(age_ms: int, moment_ms: int | None) -> None:
    """By the minute, by the hour when they are old, and not at all where CloudWatch would not take them."""
    found, outside = figures_of([call(start_ms=NOW_MS - age_ms)], Names(), NOW_MS, 100)

    assert ([place.moment_ms for place in found], outside) == (([moment_ms], 0) if moment_ms else ([], 1))


def test_names_are_bounded_each_hour() -> None:
    """Beyond the limit service and model are `other`, the environment stays; the next hour begins anew."""
    names = Names()
    calls = [call(n, model=f"made-up-{n}") for n in range(50)]

    first, _ = figures_of(calls, names, NOW_MS, 3)
    later, _ = figures_of([call(99, model="late", start_ms=NOW_MS + HOUR_MS)], names, NOW_MS + HOUR_MS, 3)

    assert {place.model for place in first} == {"made-up-0", "made-up-1", "made-up-2", "other"}
    assert {place.environment for place in first} == {"production"}
    assert sum(figures["Calls"] for figures in first.values()) == 50
    assert [place.model for place in later] == ["late"]


@given(
    st.lists(
        st.builds(
            lambda number, model, service, environment, age_ms, cost: call(
                number,
                model=model,
                environment=environment,
                metadata={"service": service},
                start_ms=NOW_MS - age_ms,
                cost={"total": cost},
            ),
            st.integers(0, 10**9),
            st.none() | st.text(max_size=3),
            st.text(max_size=2),
            st.sampled_from(["production", "staging", "x"]),
            st.integers(-HOUR_MS, 13 * 24 * HOUR_MS),
            st.decimals(0, 10, places=12),
        ),
        max_size=30,
    ),
    st.integers(1, 5),
)
def test_bounding_names_loses_nothing(calls: list[CallFacts], limit: int) -> None:
    """However few names are kept apart, and whenever the calls were made, the sums of all places are those of all calls."""
    found, outside = figures_of(calls, Names(), NOW_MS, limit)

    assert sum(figures["Calls"] for figures in found.values()) == len(calls)
    assert sum(figures.get("CostUsd", 0) for figures in found.values()) == sum(each.cost_usd or 0 for each in calls)
    assert len({(place.environment, place.service, place.model) for place in found}) <= 2 * limit + 1
    assert outside == 0


def test_made_up_environments_are_bounded_too() -> None:
    """An environment that is not among those kept apart is `other` as well."""
    found, _ = figures_of([call(n, environment=f"env-{n}") for n in range(9)], Names(), NOW_MS, 2)

    assert {place.environment for place in found} == {"env-0", "env-1", "other"}


@given(st.none() | st.text())
def test_every_name_is_a_dimension(name: str | None) -> None:
    """ASCII, printable, without a colon in front, not empty, not long; clean names stay as they are."""
    value = clean(name)

    assert value.isascii()
    assert value.isprintable()
    assert 0 < len(value) <= 100
    assert not value.startswith(":")
    assert value.strip()
    assert clean(value) == value or "~" in value


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_names_stay_different(one: str, other: str) -> None:
    """Cleaning and cutting join no two names."""
    assert (clean(one) == clean(other)) == (one == other or not (one.strip() or other.strip()))


def test_figures_are_one_line_with_several_sets_of_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    """One embedded metric line for a place, at its time, with the own marker, and no dimension that nobody asked for."""
    place = Place(NOW_MS, "production", "chat", "gpt-4o")
    figures = {place: {"Calls": Decimal(2), "CostUsd": Decimal("0.5")}}

    write_figures(figures, [["deployment"], ["environment", "model"]], "stage")

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": NOW_MS,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["deployment"], ["environment", "model"]],
                    "Metrics": [{"Name": "Calls", "Unit": "Count"}, {"Name": "CostUsd", "Unit": "None"}],
                }
            ],
        },
        "deployment": "stage",
        "environment": "production",
        "model": "gpt-4o",
        "logrouter_own": True,
        "Calls": [2.0],
        "CostUsd": [0.5],
    }


def test_no_dimensions_write_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A policy may switch the metrics off."""
    write_figures({Place(NOW_MS, "a", "b", "c"): {"Calls": Decimal(1)}}, [], "stage")

    assert capsys.readouterr().out == ""
