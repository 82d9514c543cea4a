"""Policy documents as text: what they lay over the packaged default, and what is refused unread."""

import json
from hashlib import sha256

import pytest

from logrouter.errors import PolicyError
from logrouter.policy.load import DOCUMENT_LIMIT_CHARS, default_policy, load_policy, merge

RULES = default_policy().section("masking")["rules"]


@pytest.mark.parametrize(
    ("base", "overlay", "merged"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 9}}, {"a": 1, "b": {"c": 9, "d": 3}}),
        ([1, 2], [3], [3]),
        (
            [{"id": "x", "a": 1, "b": 2}, {"id": "y"}],
            [{"id": "z"}, {"id": "x", "a": 9}],
            [{"id": "x", "a": 9, "b": 2}, {"id": "y"}, {"id": "z"}],
        ),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
    ],
)
def test_overlays(base, overlay, merged):
    """Objects merge by key, identified lists by id with new ones behind, anything else is replaced."""
    assert merge(base, overlay) == merged


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"unheard_of": {}}', "unknown section"),
        ('{"routes": {"sentri": [{"id": "a", "route": "b"}]}}', "keys must be sentry, langfuse, slack"),
        ('{"log_groups": {"exceptions": [{"id": "a", "matches": ["*"], "class": "no-such"}]}}', "record class"),
        ('{"log_groups": {"exceptions": [{"id": "a", "matches": ["*"], "class": ["access", "x"]}]}}', "record class"),
        ('{"archive": {"default_class": "no-such"}}', "record class"),
        ('{"routes": []}', "a section must be a JSON object"),
        ('{"version": "' + "x" * DOCUMENT_LIMIT_CHARS + '"}', "larger than"),
    ],
)
def test_what_is_no_policy_is_refused(text, why):
    """A document of another kind, or one too large to be one, is refused with the reason."""
    with pytest.raises(PolicyError, match=why):
        load_policy(text)


def test_the_version_follows_the_content():
    """Equal content has an equal version, any change another one."""
    routes = {"routes": {"sentry": [{"id": "a", "route": "a", "services": ["x"]}]}}
    texts = [
        json.dumps({"version": "7"}),
        json.dumps({"version": "7"}, indent=2),
        json.dumps({"version": "7", **routes}),
    ]

    first, same, other = (load_policy(text).version for text in texts)

    assert first == same != other
    assert first.startswith("7+")


@pytest.mark.parametrize(("field", "content"), [("keys", [f"word{'x' * 96}"] * 450), ("pattern", "x" * 4000)])
def test_rules_that_would_take_seconds_to_compile_are_refused(field, content):
    """A cold start compiles a team's rules: their size is bounded, with a reason, before anything is compiled."""
    examples = {"positive": [{"text": ["a"]}], "negative": [["b"]]}
    kind = "key" if field == "keys" else "pattern"
    rules = [{"id": f"team.r{number}", "kind": kind, field: content, "examples": examples} for number in range(101)]

    with pytest.raises(PolicyError, match=rf"masking\.rules: {field} of all rules together have"):
        load_policy(json.dumps({"masking": {"rules": rules[:1] if field == "keys" else rules}}))


def test_a_stamp_counts_the_rules_in_force():
    """Optional rules count when they are switched on, a team's own always; the hash is that of the document as put."""
    packaged = default_policy().stamp()
    own = {
        "id": "team.a",
        "kind": "key",
        "keys": ["badge"],
        "examples": {"positive": [{"text": ["a"]}], "negative": [["b"]]},
    }
    text = json.dumps({"masking": {"enable": ["mac", {"rule": "birth_date", "services": ["x"]}], "rules": [own]}})
    optional = sum(rule["id"] == "mac" or rule["id"].startswith("birth_date.") for rule in RULES)

    stamp = load_policy(text).stamp()

    assert packaged["rules"] == sum(not rule.get("optional") for rule in RULES)
    assert (packaged["own_rules"], packaged["optional_rules"], packaged["sha256"]) == (0, 0, "")
    assert (stamp["own_rules"], stamp["optional_rules"]) == (1, optional)
    assert stamp["rules"] == packaged["rules"] + 1 + optional
    assert stamp["sha256"] == sha256(text.encode()).hexdigest()
