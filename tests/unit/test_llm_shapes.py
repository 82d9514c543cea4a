"""Every shape reads its own examples, leaves its counterexamples, and survives whatever it is given."""

import copy
import importlib
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logrouter.model import DropReason, Noticed
from logrouter.policy.load import default_policy
from logrouter.stages.llm.finding import Finding, NonsenseError
from logrouter.stages.llm.reading.printed import LIMIT_CHARS, printed_object
from logrouter.stages.llm.shapes.registry import SHAPES
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import record

RULES = default_policy().section("llm")
MODULES = [
    importlib.import_module(".".join(shape.__module__.split(".")[:5])) for shape in SHAPES
]  # a shape in a room of its own is named after the room
NAMES = [module.__name__.rsplit(".", 1)[1] for module in MODULES]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(
    [
        "type", "event", "object", "usage", "usage_metadata", "usageMetadata", "model", "response", "run_id", "run_type", "outputs", "error",
        "generations", "payload", "event_type", "event_id", "class_name", "raw", "results", "meta", "billed_units", "call_type", "details",
        "response_cost", "message", "choices", "candidates", "action", "assessments", "kind", "parts", "id", "status", "llm", "extra", "tags",
    ]
)  # fmt: skip
VALUES = st.sampled_from(
    [
        "llm", "message", "chat.completion", "response", "on_llm_end", "llm_end", "LLMChatEndEvent", "embedding", "ai", "failed", "message_start",
        "NONE", "completion", "tool_end", "A(b=1)", "",
    ]
)  # fmt: skip
SHAPED = st.recursive(
    JSON | VALUES,
    lambda inner: st.dictionaries(WORDS, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_a_shape_keeps_its_examples(module):
    """Each example becomes a call of this shape; no counterexample is one for it."""
    found = [recognise(record(document), RULES).calls for document in module.EXAMPLES]
    shape = next(read for read, name in zip(SHAPES, NAMES, strict=True) if module.__name__.endswith(f".{name}"))

    assert [{call.metadata["shape"] for call in calls} for calls in found] == [{NAMES[MODULES.index(module)]}] * len(
        found
    )
    assert [shape(document, document) or None for document in module.NO_EXAMPLES] == [None] * len(module.NO_EXAMPLES)


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=st.dictionaries(WORDS, SHAPED, max_size=8))
def test_a_shape_survives_any_object(shape, document):
    """A shape answers, or says that a field is nonsense; it never breaks."""
    try:
        found = shape(document, document)
    except NonsenseError:
        return

    assert found is None or isinstance(found, (Finding, list, tuple))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CompletionUsage(prompt_tokens=9, details=None)", {"prompt_tokens": 9, "details": None}),
        (
            "INFO Answer(text='it\\'s \"so\"', ok=True, score=-1.5e3)",
            {"text": 'it\'s "so"', "ok": True, "score": -1500.0},
        ),
        ("A(b=[C(d=1), C(d=2)], e={'f': (1, 2)})", {"b": [{"d": 1}, {"d": 2}], "e": {"f": [1, 2]}}),
        (
            "R(reason=<FinishReason.STOP: 'STOP'>, when=datetime.datetime(2026, 1, 2))",
            {"reason": "STOP", "when": {"value": 2026}},
        ),
        ("A(b='one ' 'two\\n\\u00e9')", {"b": "one two\né"}),
        ("A(b=1", None),
        ("A(b=)", None),
        ("f(x) called", None),
        ("(a=1)", None),
        ("A(b=<object at 0x7f>)", None),
    ],
)
def test_printed_objects(text, expected):
    """What Python printed is read by name; what does not follow the form is nothing."""
    assert printed_object(text) == expected


@given(text=st.text(alphabet="AB(b=1,'\"[]{}:\\ <>.", max_size=200))
def test_any_text_is_survived(text):
    """Printed text of any form is read or refused, never more."""
    assert printed_object(f"A(b={text}") is None or isinstance(printed_object(f"A(b={text}"), dict)


def test_deep_and_long_objects_are_refused():
    """Nesting and length have bounds."""
    assert printed_object("A(b=" * 5_000) is None
    assert printed_object("A(b='" + "x" * LIMIT_CHARS + "')") is None


def test_rails_of_nemo_with_the_calls_they_made():
    """Each rail is a guardrail, each call of a model that it made a generation, in the order they ran."""
    rails = [
        {
            "type": "input",
            "name": "self check input",
            "stop": True,
            "started_at": 1_788_000_000.0,
            "finished_at": 1_788_000_000.5,
            "executed_actions": [
                {
                    "action_name": "self_check_input",
                    "llm_calls": [
                        {
                            "task": "self_check_input",
                            "llm_model_name": "gpt-4o-mini",
                            "prompt_tokens": 155,
                            "completion_tokens": 1,
                            "total_tokens": 156,
                            "prompt": "Is this fine?",
                            "completion": "No",
                        }
                    ],
                }
            ],
        }
    ]
    calls = recognise(record({"response": [], "log": {"activated_rails": rails}}), RULES).calls

    assert [(call.kind, call.name) for call in calls] == [
        ("guardrail", "self check input"),
        ("generation", "self_check_input"),
    ]
    assert calls[0].output == {"stopped": True}
    assert calls[0].end_ms - calls[0].start_ms == 500
    assert calls[1].usage == {"input": 155, "output": 1, "total": 156}


def test_a_tree_of_runs_keeps_its_parents():
    """Runs inside a run are calls of one trace, each under the run that it names."""

    def run(identity, parent, kind, **more):
        times = {"start_time": "2026-08-29T10:39:58Z", "end_time": "2026-08-29T10:39:59Z"}
        return {
            "id": identity,
            "parent_run_id": parent,
            "trace_id": "root",
            "run_type": kind,
            "name": kind,
            **times,
            **more,
        }

    inner = run(
        "leaf", "middle", "llm", outputs={"generations": [[{"text": "Hi"}]]}, extra={"metadata": {"ls_model_name": "m"}}
    )
    tree = run("root", None, "chain", child_runs=[run("middle", "root", "chain", child_runs=[inner])])
    root, middle, leaf = recognise(record(tree), RULES).calls

    assert {call.trace_id for call in (root, middle, leaf)} == {root.trace_id}
    assert (root.parent_id, middle.parent_id, leaf.parent_id) == (None, root.observation_id, middle.observation_id)
    assert (leaf.kind, leaf.model, leaf.output) == ("generation", "m", "Hi")


def counts_in(value, path=()):
    """Yield the paths to the counts of tokens of a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if (
                isinstance(inner, int)
                and not isinstance(inner, bool)
                and re.search(r"token|eval_count", name, re.IGNORECASE)
            ):
                yield (*path, name)
            yield from counts_in(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from counts_in(inner, (*path, place))


def with_count(document, path, count):
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = count
    return changed


COUNTED = [
    pytest.param(document, path, id=f"{name}-{'.'.join(map(str, path))}")
    for name, module in zip(NAMES, MODULES, strict=True)
    for document in module.EXAMPLES
    for path in counts_in(document)
]


@pytest.mark.parametrize("count", [-1, float("nan"), float("inf"), 10**30, 1.5, True], ids=str)
@pytest.mark.parametrize(("document", "path"), COUNTED)
def test_a_count_that_cannot_be_is_refused(document, path, count):
    """No shape makes a call of negative, broken or boundless counts; why it is refused is noticed."""
    found = recognise(record(with_count(document, path, count)), RULES)

    assert (found.calls, found.refusal) == ((), DropReason.INVALID_LLM_CALL)
    assert found.noticed[0] in {Noticed.NONSENSE, Noticed.TOO_MUCH}


def test_an_id_drawn_from_few_is_no_key():
    """Two calls to which Ollama drew the same id are two, also where nothing else tells their requests apart."""
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    document = {"id": "chatcmpl-173", "object": "chat.completion", "model": "llama3.2", "usage": usage}
    first, second = (recognise(record(document, event_id=event), RULES).calls[0] for event in ("1", "2"))

    assert first.observation_id != second.observation_id
