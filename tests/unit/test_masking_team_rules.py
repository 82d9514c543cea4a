"""A team's own rules: masks on every kind, places in arrays, services known by the log group, mistakes named by place."""

import json

import pytest

from logrouter.errors import PolicyError
from logrouter.jobs import forward_errors
from logrouter.masking import Masker
from logrouter.masking.values.masks import EXAMPLE_KEYS, masks_of
from logrouter.masking.values.pseudonyms import Pseudonyms
from logrouter.policy import load_policy


def rule_of(kind="path", positive='{"a":{"b":"secret-value-1"}}', negative="{}", **fields):
    examples = {"positive": [{"text": [positive]}], "negative": [[negative]]}
    return {"id": "team.rule", "kind": kind, "examples": examples, **fields}


def policy_of(*rules):
    return load_policy(json.dumps({"version": "test", "masking": {"rules": list(rules)}}))


def masker_of(*rules, **options):
    return Masker(policy_of(*rules), **options)


@pytest.mark.parametrize(
    ("mask", "masked"),
    [
        ("secret", "***MASKED***"),
        ("last4", "****1234"),
        ("first2", "BA****"),
        ("stars", "**-******-****"),
        ("pseudonym", "id-k0-mnrjgpxsrxtmntnzgtgh"),
    ],
)
def test_every_kind_of_rule_takes_any_mask(mask, masked):
    """Key, path, pattern and labelled rules hide one value alike by the mask they name."""
    badge = "BA-771199-1234"
    rules = {
        "key": rule_of("key", f'{{"badge": "{badge}"}}', keys=["badge"], mask=mask),
        "path": rule_of("path", f'{{"a": {{"b": "{badge}"}}}}', paths=["a.b"], mask=mask),
        "pattern": rule_of("pattern", f"saw {badge}", pattern="BA-[0-9]{6}-[0-9]{4}", mask=mask),
        "labelled": rule_of("labelled", f"badge: {badge}", labels="badge", pattern="BA-[0-9]{6}-[0-9]{4}", mask=mask),
    }
    texts = {
        "key": f'{{"badge": "{badge}"}}',
        "path": f'{{"a": {{"b": "{badge}"}}}}',
        "pattern": f"saw {badge}",
        "labelled": f"badge: {badge}",
    }

    hidden = {kind: masker_of(rule, pseudonyms=EXAMPLE_KEYS).mask(texts[kind]) for kind, rule in rules.items()}

    if mask == "pseudonym":
        masked = EXAMPLE_KEYS.pseudonym("id", badge)
    assert hidden == {kind: text.replace(badge, masked) for kind, text in texts.items()}


@pytest.mark.parametrize("mask", sorted({*masks_of(Pseudonyms())} - {"name", "birth_date", "street"}))
@pytest.mark.parametrize(
    "value", ['a"b\\c', "x", "hunter2", "010-" + "1234-5678", "가나다라마바사아자차", "1234567890123"]
)
def test_mask_leaves_json_json_and_is_stable(mask, value):
    """Whatever stands in a value, the masked record is JSON, keeps none of it whole, and stays as it is."""
    masker = masker_of(rule_of(paths=["a.b"], mask=mask), pseudonyms=EXAMPLE_KEYS)
    text = json.dumps({"a": {"b": value}}, ensure_ascii=False)

    masked = masker.mask(text)

    assert json.loads(masked)["a"]["b"] != value
    assert masker.mask(masked) == masked
    assert masker.mask(json.loads(text)) == json.loads(masked)


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("items[*].note", {"items": [{"note": "X", "x": {"note": "b"}}, {"note": "X"}], "note": "d"}),
        ("items[0].note", {"items": [{"note": "X", "x": {"note": "b"}}, {"note": "c"}], "note": "d"}),
        ("items.note", {"items": [{"note": "X", "x": {"note": "b"}}, {"note": "X"}], "note": "d"}),
        ("items.1.note", {"items": [{"note": "a", "x": {"note": "b"}}, {"note": "X"}], "note": "d"}),
        ("*.*.*.note", {"items": [{"note": "a", "x": {"note": "X"}}, {"note": "c"}], "note": "d"}),
        ("**.note", {"items": [{"note": "X", "x": {"note": "X"}}, {"note": "X"}], "note": "X"}),
        ("items.other|note", {"items": [{"note": "X", "x": {"note": "b"}}, {"note": "X"}], "note": "d"}),
        ("items[0]", {"items": [{"note": "X", "x": {"note": "X"}}, {"note": "c"}], "note": "d"}),
    ],
)
def test_paths_reach_into_arrays(path, masked):
    """`[*]` is any place of an array, `[0]` one, a name passes through arrays, `**` is any depth."""
    positive = '{"items": [{"note": "a", "x": {"note": "b"}}, {"note": "c"}], "note": "d"}'
    masker = masker_of(rule_of(positive=positive, paths=[path]))
    shown = json.loads(json.dumps(masked).replace('"X"', '"***MASKED***"'))

    assert masker.mask(json.loads(positive)) == shown
    assert json.loads(masker.mask(positive)) == shown


def test_path_of_the_requirement():
    """`req.body.password` hides at its place; elsewhere the key rule does."""
    masker = masker_of(rule_of(positive='{"req": {"body": {"nick": "kim"}}}', paths=["req.body.nick"]))

    assert masker.mask({"req": {"body": {"nick": "kim", "password": "p1"}}, "nick": "kim"}) == {
        "req": {"body": {"nick": "***MASKED***", "password": "***MASKED***"}},
        "nick": "kim",
    }


def test_korean_path_is_found_in_escapes():
    """A path of Korean names holds for loggers that write them as escapes too."""
    masker = masker_of(rule_of(positive='{"회원": {"별명": "곰"}}', paths=["회원.별명"]))

    assert json.loads(masker.mask(json.dumps({"회원": {"별명": "곰돌이"}}))) == {"회원": {"별명": "***MASKED***"}}


def test_path_rule_checks_values():
    """With a check a path hides only values that are such a thing."""
    masker = masker_of(rule_of(positive='{"a": {"b": "홍길동"}}', paths=["a.b"], check="name", mask="name"))

    assert masker.mask({"a": {"b": "홍길동"}}) == {"a": {"b": "홍**"}}
    assert masker.mask({"a": {"b": "job-17"}}) == {"a": {"b": "job-17"}}


def test_whole_names_do_not_reach_further():
    """A word under `names` is a key of its own: `nick`, not `nickname` or `nick_id`."""
    masker = masker_of(rule_of("key", '{"nick": "bear"}', keys=["alias word"], names=["nick"]))

    masked = masker.mask({"nick": "bear", "NICK": "bear", "nickId": "7", "nickname": "bear"})

    assert masked == {"nick": "***MASKED***", "NICK": "***MASKED***", "nickId": "7", "nickname": "bear"}


@pytest.mark.parametrize(
    ("log_group", "is_hidden"),
    [
        ("/aws/ecs/hr-api/errors", True),
        ("/ecs/hr-api", True),
        ("/aws/lambda/hr-api", True),
        ("/aws/rds/instance/hr-api/error", True),
        ("/hr-api/errors", True),
        ("/aws/ecs/shop/errors", False),
        ("/aws/lambda/hr", False),
    ],
)
def test_service_is_known_on_the_way_of_a_record(log_group, is_hidden):
    """A rule for a service holds for its records on the real way, whatever runs it; the log group names the service."""
    rule = rule_of("pattern", "EMP-123456", pattern="EMP-[0-9]{6}", services=["hr-*"])
    policy = policy_of(rule)
    events = [{"id": "1", "timestamp": 1795140000000, "message": "ERROR EMP-654321 failed"}]
    event = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": log_group,
        "logStream": "s",
        "logEvents": events,
    }

    plan = forward_errors.plan(
        event, policy=policy, mask_text=Masker(policy).mask_text, region="r", environment="e", limit_bytes=10**7
    )

    assert (b"EMP-654321" not in plan.deliveries[0].body) is is_hidden
    assert plan.tally.masked == ({"team.rule": 1} if is_hidden else {})


def test_brackets_in_globs_are_themselves():
    """A glob knows `*` and nothing else, as everywhere in the policy."""
    masker = masker_of(rule_of("pattern", "EMP-1234", pattern="EMP-[0-9]{4}", log_groups=["/x/[a]*"]))

    assert masker.mask_text("EMP-1234", None, "/x/[a]/b")[0] == "***MASKED***"
    assert masker.mask_text("EMP-1234", None, "/x/a/b")[0] == "EMP-1234"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"paths": ["a..b"]}, "paths.0"),
        ({"paths": ["a.b", ".a"]}, "paths.1"),
        ({"paths": ["a[b]"]}, "paths.0"),
        ({"paths": ["a[0"]}, "paths.0"),
        ({"paths": ["a['b']"]}, "paths.0"),
        ({"paths": ["a."]}, "paths.0"),
        ({"paths": ["a.b|"]}, "paths.0"),
        ({"paths": ["a.b"], "mask": "blur"}, "mask"),
        ({"paths": ["a.b"], "check": "nickname"}, "check"),
        ({"paths": ["a.b"], "validator": "token"}, "validator"),
        ({"paths": ["a.b"], "labels": "x"}, "labels"),
        ({"kind": "key", "keys": ["ok", "-"]}, None),
        ({"kind": "key", "keys": ["ok", "--"]}, "keys.1"),
        ({"kind": "key", "keys": ["ok"], "names": ["1"]}, "names.0"),
        ({"kind": "pattern", "pattern": "EMP", "check": "secret"}, "check"),
        ({"kind": "labelled", "labels": "x"}, ""),
    ],
)
def test_mistake_is_named_by_its_place(fields, place):
    """What a kind does not read, a path that is none, an unknown name: each is refused with the field it stands in."""
    with pytest.raises(PolicyError) as refusal:
        masker_of(rule_of(**fields))

    expected = "masking.rules." if place is None else "masking.rules.team.rule" + (f".{place}" if place else "")
    assert refusal.value.place.startswith(expected)


def test_rule_that_masks_its_own_mask_is_refused():
    """A rule that would find what it put there changes a record at every masking."""
    rule = rule_of("pattern", "see AB", pattern="(?P<v>[A-Z])[A-Z]", bounded=False)

    with pytest.raises(PolicyError) as refusal:
        masker_of(rule)

    assert refusal.value.place == "masking.rules.team.rule.examples.positive.0"
    assert "again" in refusal.value.why


def test_no_rule_has_the_id_of_failures():
    """`failed` counts records that could not be masked; hits of a rule must not look like them."""
    rule = {**rule_of("pattern", "see EMP", pattern="EMP"), "id": "failed"}

    with pytest.raises(PolicyError) as refusal:
        masker_of(rule)

    assert refusal.value.place == "masking.rules.failed"
