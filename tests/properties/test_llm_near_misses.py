"""The canonical record under any spelling, with numbers as text, nested and wrapped, is the same call."""

import json

from hypothesis import given
from hypothesis import strategies as st

from logrouter.policy.load import default_policy
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import record

RULES = default_policy().section("llm")


def camel(words):
    return words[0] + "".join(word.title() for word in words[1:])


SPELLINGS = st.sampled_from(
    [
        "_".join,
        "-".join,
        ".".join,
        " ".join,
        "".join,
        camel,
        lambda words: "".join(word.title() for word in words),
        lambda words: "_".join(words).upper(),
    ]
)
NUMBERS = st.sampled_from(
    [int, str, float, lambda count: f"{count:,}", lambda count: f" {count} ", lambda count: f"{count}.0"]
)
NESTS = st.sampled_from([None, "usage", "token_usage", "tokenUsage", "usageMetadata", "tokens", "token_counts"])
WRAPS = st.sampled_from(
    [
        lambda call: call,
        lambda call: {"level": "info", "msg": "answered", "llm": call},
        lambda call: {"data": {"event": call}},
        lambda call: {"level": "info", "message": json.dumps(call)},
        lambda call: {"payload": f"llm said: {json.dumps(call)} (done)"},
        lambda call: {"extra": {"llm_call": call}},
    ]
)
COUNT = st.integers(0, 9_999_999)


@given(asked=COUNT, answered=COUNT, has_total=st.booleans(), spell=SPELLINGS, number=NUMBERS, nest=NESTS, wrap=WRAPS)
def test_any_spelling_is_the_same_call(asked, answered, has_total, spell, number, nest, wrap):
    """However fields are spelled, numbers written, and objects nested, model and tokens are the same."""
    counts = {("prompt", "tokens"): asked, ("completion", "tokens"): answered}
    if has_total:
        counts["total", "tokens"] = asked + answered
    spelled = {spell(list(words)): number(count) for words, count in counts.items()}
    call = {"type": "llm", spell(["model", "id"]): "gpt-4o", **({nest: spelled} if nest else spelled)}

    found = recognise(record(wrap(call)), RULES).calls

    assert [(one.model, one.usage) for one in found] == [
        ("gpt-4o", {"input": asked, "output": answered, "total": asked + answered})
    ]
