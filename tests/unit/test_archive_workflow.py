"""The state machine as text: every state can be reached and ends, and it calls exactly the three functions."""

import json
import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "statemachines" / "archive.asl.json").read_text("utf-8")
MACHINE = json.loads(TEXT)
WINDOWS = MACHINE["States"]["EachWindow"]["ItemProcessor"]


def next_states(state: dict) -> set[str]:
    found = {state[key] for key in ("Next", "Default") if key in state}
    found |= {rule["Next"] for rule in [*state.get("Choices", ()), *state.get("Catch", ())]}
    return found


@pytest.mark.parametrize("machine", [MACHINE, WINDOWS], ids=["workflow", "window"])
def test_every_state_is_reached_and_exists(machine):
    """No state hangs in the air, no transition leads nowhere."""
    reached, todo = set(), [machine["StartAt"]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += next_states(machine["States"][name])

    assert reached == set(machine["States"])


@pytest.mark.parametrize("machine", [MACHINE, WINDOWS], ids=["workflow", "window"])
def test_every_state_leads_on_or_ends(machine):
    """Each state names the next one, or is an end."""
    for name, state in machine["States"].items():
        assert next_states(state) or state.get("End") or state["Type"] in {"Succeed", "Fail"}, name


def test_substitutions_are_the_three_functions():
    """The template fills in these names; another one would stay as text."""
    assert set(re.findall(r"\$\{(\w+)\}", TEXT)) == {"ArchivePlanArn", "ArchiveWindowArn", "ArchiveVerifyArn"}


def test_every_task_retries_and_has_a_time_limit():
    """A Lambda that is throttled or dies does not end the workflow."""
    tasks = [state for machine in (MACHINE, WINDOWS) for state in machine["States"].values() if state["Type"] == "Task"]

    assert len(tasks) == 3
    assert all(task["Retry"] and task["TimeoutSeconds"] for task in tasks)


def test_one_window_never_stops_the_others():
    """Reading and verifying catch everything."""
    assert all(
        state["Catch"][0]["ErrorEquals"] == ["States.ALL"]
        for state in WINDOWS["States"].values()
        if state["Type"] == "Task"
    )


def test_state_fits_in_a_message():
    """The planner's limit keeps input and results below the 256 KB of a state (Step Functions quotas, 2026-11-20)."""
    schema = json.loads((ROOT / "layers/core/logrouter/policy/schema/archive.json").read_text("utf-8"))
    most = schema["properties"]["max_windows_per_run"]["maximum"]
    window = {
        "account": "1" * 12,
        "region": "ap-northeast-2",
        "log_group": "g" * 120,
        "start_ms": 10**13,
        "end_ms": 10**13,
    }
    result = {"log_group": "g" * 120, "start_ms": 10**13, "state": "verify_failed"}

    assert most * (len(json.dumps(window)) + len(json.dumps(result))) < 262_144
