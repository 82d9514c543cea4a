"""The emulator runs a built function as Lambda would: result, failure, timeout, layer, and nothing it did not ship."""

import json
import sys
import threading
from pathlib import Path

import pytest

from logrouter_local.built import BuiltError, BuiltFunction, built_functions, check_runs_here, read_overrides
from logrouter_local.places import architecture
from logrouter_local.rie import Emulator, main, read_invocation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the emulator runs on Linux only")

HANDLER = """
import json, os, time
from shared import GREETING

def handler(event, context):
    if event.get("fail"):
        raise ValueError("on purpose")
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("die"):
        os._exit(3)
    if event.get("import"):
        __import__(event["import"])
    print(json.dumps({"said": GREETING}))
    return {"name": context.function_name, "memory": context.memory_limit_in_mb, "mine": os.environ.get("MINE")}
"""


@pytest.fixture
def function(tmp_path: Path) -> BuiltFunction:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(HANDLER)
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "shared.py").write_text('GREETING = "hello"\n')
    variables = {"MINE": "template"}
    return BuiltFunction("Scratch", "app.handler", tmp_path / "code", (tmp_path / "layer",), 2, 256, variables)


@pytest.mark.parametrize(("machine", "number"), [("arm64", 0xB7), ("x86_64", 0x3E)])
def test_packages_for_another_processor_are_named_with_the_fix(function, machine, number):
    """A function built for the other processor is refused before it fails to import; one for this machine is not."""
    library = function.layers[0] / "python" / "fast.so"
    library.write_bytes(b"\x7fELF" + bytes(14) + number.to_bytes(2, "little"))

    if machine == architecture():
        check_runs_here(function)
    else:
        with pytest.raises(BuiltError, match=f"built for {machine}.*`make build ARCHITECTURE={architecture()}`"):
            check_runs_here(function)


def test_result_log_and_times_are_told_apart(function):
    """A good invocation gives the handler's result, its own log lines and both times; the layer is importable."""
    with Emulator(function, {"MINE": "override"}) as emulator:
        first = emulator.invoke({})
        second = emulator.invoke({})

    assert first.result == {"name": "Scratch", "memory": "256", "mine": "override"}
    assert first.logs == '{"said": "hello"}'
    assert first.init_ms is not None
    assert second.init_ms is None
    assert second.duration_ms is not None


def test_failures_are_values_and_the_environment_comes_back(function):
    """An exception, a dead process and a timeout are told apart by the body, and the next invocation works."""
    with Emulator(function) as emulator:
        raised = emulator.invoke({"fail": True})
        died = emulator.invoke({"die": True})
        late = emulator.invoke({"sleep": 30})
        after = emulator.invoke({})

    assert raised.error == {"errorType": "ValueError", "errorMessage": "on purpose"}
    assert died.error["errorType"] == "Runtime.ExitError"
    assert late.timed_out
    assert late.error["errorMessage"] == "Task timed out after 2.00 seconds"
    assert after.error is None


def test_a_killed_runtime_ends_its_invocation_only(function):
    """What runs out of memory is killed in the middle: that invocation failed, the emulator begins anew."""
    with Emulator(function) as emulator:
        emulator.invoke({})
        killer = threading.Timer(0.3, emulator.kill_runtime)
        killer.start()
        killed = emulator.invoke({"sleep": 30})
        killer.join()
        after = emulator.invoke({})

    assert killed.error["errorType"] == "Runtime.ExitError"
    assert "killed" in killed.error["errorMessage"]
    assert after.error is None


def test_only_the_managed_runtime_and_the_functions_own_packages_are_there(function):
    """What the function did not ship cannot be imported, though the developer's environment has it; boto3 can."""
    with Emulator(function) as emulator:
        missing = emulator.invoke({"import": "pytest"})
        managed = emulator.invoke({"import": "boto3"})

    assert missing.error["errorType"] == "ModuleNotFoundError"
    assert managed.error is None


def test_a_body_that_is_no_json_is_a_failure():
    """The emulator answers 200 to everything, so that an unreadable body must count as a failure."""
    actual = read_invocation(b"panic: nil pointer", "")

    assert actual.error == {"errorType": "Runtime.ExitError", "errorMessage": "panic: nil pointer"}


def test_overrides_are_read_as_sam_reads_them(tmp_path):
    """The function's own section wins over `Parameters`; numbers and truth values become text."""
    path = tmp_path / "env.json"
    path.write_text(json.dumps({"Parameters": {"A": "1", "B": 2}, "Fn": {"B": True, "C": None}, "Other": {"D": "x"}}))

    assert read_overrides(path, "Fn") == {"A": "1", "B": "true", "C": ""}


def test_without_a_build_the_error_says_what_to_do(tmp_path, capsys):
    """No artifacts is exit code 2 and a sentence that names `make build`."""
    event = tmp_path / "event.json"
    event.write_text("{}")

    with pytest.raises(BuiltError, match="make build"):
        built_functions(tmp_path)
    assert main(["Fn", "-e", str(event), "--build-dir", str(tmp_path)]) == 2
    assert "make build" in capsys.readouterr().err
