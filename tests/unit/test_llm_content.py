"""Which prompts and answers go out: the policy says it for all, and otherwise for a service, a model, a log group."""

import json

import pytest

from logrouter.errors import PolicyError
from logrouter.policy.load import load_policy
from logrouter.stages.llm.content import bounded
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record

DOCUMENT = {
    "type": "llm",
    "name": "answer",
    "model": "gpt-4o",
    "provider": "openai",
    "prompt": "p" * 30,
    "response": "r" * 30,
}
EVERYTHING = ("p" * 30, "r" * 30)
CUT = "ppppp[cut: 25 characters more]"


def sent(*rules, content=None, environment=None, **facts):
    """Return prompt and answer as they go out under some rules."""
    section = {**RULES, "content": {**RULES["content"], **(content or {}), "rules": list(rules)}}
    facts = {"service": "chat", **facts}
    (call,) = recognise(record(DOCUMENT, **facts), section, environment=environment).calls
    return call.input, call.output


@pytest.mark.parametrize(
    ("match", "matches"),
    [
        ({"service": "chat"}, True),
        ({"service": ["pay-*", "ch*"]}, True),
        ({"service": "pay-*"}, False),
        ({"log_group": "/aws/ecs/chat/*"}, True),
        ({"log_group": "/aws/lambda/*"}, False),
        ({"model": "gpt-*", "provider": "openai"}, True),
        ({"model": "gpt-*", "provider": "azure"}, False),
        ({"name": "answer"}, True),
        ({"name": "embed*"}, False),
        ({"kind": "generation"}, True),
        ({"kind": "embedding"}, False),
        ({"account": "123456789012", "region": "ap-northeast-2"}, True),
    ],
)
def test_a_rule_holds_for_what_it_matches(match, matches):
    """All facts of a match must hold."""
    assert sent({"id": "quiet", "match": match, "input": "drop"}) == (None if matches else EVERYTHING[0], EVERYTHING[1])


def test_the_first_rule_that_matches_decides():
    """A second rule that would match too is not asked; a rule that is switched off is passed over."""
    off = {"id": "off", "match": {"service": "*"}, "input": "drop", "output": "drop", "enabled": False}
    first = {"id": "first", "match": {"service": "chat"}, "input": "cut", "max_chars": 5}
    second = {"id": "second", "match": {"service": "*"}, "output": "drop"}

    assert sent(off, first, second) == (CUT, EVERYTHING[1])


def test_what_fits_is_not_cut():
    """A prompt of exactly the bound goes out whole, one character more is cut."""
    assert sent(content={"input": "cut", "output": "cut", "max_chars": 30}) == EVERYTHING
    assert sent(content={"input": "cut", "max_chars": 29})[0] == "p" * 29 + "[cut: 1 characters more]"


def test_what_a_rule_does_not_say_holds_as_the_section_says_it():
    """A rule for the prompt leaves the answer to the section."""
    rule = {"id": "only-input", "match": {"service": "chat"}, "input": "keep"}

    assert sent(rule, content={"input": "drop", "output": "drop"}) == (EVERYTHING[0], None)


def test_records_without_environment_are_of_the_function_s():
    """A rule by environment holds for records that name none, too; a record's own environment goes before."""
    rule = {"id": "prod-only", "match": {"environment": "prod*"}, "input": "drop", "output": "drop"}

    assert sent(rule, environment="prod") == (None, None)
    section = {**RULES, "content": {**RULES["content"], "rules": [rule]}}
    (call,) = recognise(record(DOCUMENT, environment="dev"), section, environment="prod").calls
    assert (call.input, call.output) == EVERYTHING


def test_one_may_keep_a_single_service_and_drop_the_others():
    """Drop by default, keep where a rule says so: the other way round works as well."""
    rule = {"id": "playground", "match": {"service": "playground"}, "input": "keep", "output": "keep"}

    assert sent(rule, content={"input": "drop", "output": "drop"}) == (None, None)
    assert sent(rule, content={"input": "drop", "output": "drop"}, service="playground") == EVERYTHING


@pytest.mark.parametrize("depth", [800, 2_000, 100_000])
def test_content_that_nests_without_end_takes_no_call_along(depth):
    """A prompt deeper than can be written as JSON is named as such; a shallower one is cut as text."""
    prompt = 1.0
    for _ in range(depth):
        prompt = [prompt]

    shown = bounded(prompt, "cut", 10)

    assert shown in {"[" * 10 + f"[cut: {2 * depth - 7} characters more]", "[nested too deeply]"}


def policy(rule):
    return load_policy(json.dumps({"version": "1", "llm": {"content": {"rules": [rule]}}})).section("llm")["content"]


def test_rules_lie_over_the_packaged_section():
    """A policy that has rules only keeps what the section says else."""
    content = policy({"id": "a", "match": {"service": "chat"}, "input": "drop"})

    assert (content["input"], content["rules"][0]["input"]) == ("keep", "drop")


@pytest.mark.parametrize(
    "rule",
    [
        {"match": {"service": "a"}, "input": "drop"},
        {"id": "a", "input": "drop"},
        {"id": "a", "match": {}, "input": "drop"},
        {"id": "a", "match": {"message": "x"}, "input": "drop"},
        {"id": "a", "match": {"service": "a"}, "input": "hide"},
        {"id": "a", "match": {"service": "a"}, "max_chars": -1},
        {"id": "a", "match": {"service": []}},
        {"id": "a", "match": {"service": "a"}, "colour": "blue"},
    ],
)
def test_rules_that_cannot_hold_are_refused(rule):
    """What the policy cannot mean is refused when it is loaded."""
    with pytest.raises(PolicyError):
        policy(rule)
