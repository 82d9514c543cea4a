"""Every rule of the packaged table, held against its own examples; and what a team's document may and may not do."""

import copy
import json

import pytest

from logrouter.errors import PolicyError
from logrouter.masking import Masker, default_masker
from logrouter.masking.rules.cost import backtracks
from logrouter.model import RawText
from logrouter.policy import default_policy, load_policy
from logrouter.policy.load import check_section

RULES = [rule for rule in default_policy().section("masking")["rules"] if not rule.get("optional")]
POSITIVE = [
    pytest.param(rule["id"], "".join(example["text"]), "".join(example["masked"]), id=f"{rule['id']}-{at}")
    for rule in RULES
    for at, example in enumerate(rule["examples"]["positive"])
]
NEGATIVE = [
    pytest.param(rule["id"], "".join(parts), id=f"{rule['id']}-{at}")
    for rule in RULES
    for at, parts in enumerate(rule["examples"]["negative"])
]
TEAM_RULE = {
    "id": "team.employee",
    "kind": "pattern",
    "pattern": "EMP-(?P<v>[0-9]{6})",
    "examples": {
        "positive": [{"text": ["EMP-", "123456"], "masked": ["EMP-***MASKED***"]}],
        "negative": [["EMP-12"]],
    },
}


def policy_with(*rules, **section):
    return load_policy(json.dumps({"version": "test", "masking": {"rules": list(rules), **section}}))


@pytest.mark.parametrize(("rule", "text", "masked"), POSITIVE)
def test_rule_masks_its_positive_examples(rule, text, masked):
    """A rule masks its positive examples exactly as its table says."""
    actual, _ = default_masker().mask_text(RawText(text))

    assert masked == actual


@pytest.mark.parametrize(("rule", "text"), NEGATIVE)
def test_rule_leaves_its_negative_examples(rule, text):
    """A rule never hits its negative examples."""
    _, hits = default_masker().mask_text(RawText(text))

    assert rule not in hits


@pytest.mark.parametrize(("rule", "text", "masked"), POSITIVE)
def test_masking_twice_changes_nothing_more(rule, text, masked):
    """What is masked stays as it is when it is masked again."""
    actual, _ = default_masker().mask_text(RawText(masked))

    assert masked == actual


@pytest.mark.parametrize(("rule", "text", "masked"), POSITIVE)
def test_engine_without_re2_answers_alike(rule, text, masked):
    """Without google-re2 every example is masked in the same way."""
    actual, _ = RE_MASKER.mask_text(RawText(text))

    assert masked == actual


RE_MASKER = Masker(default_policy(), engine="re")


def test_packaged_table_fits_its_schema():
    """The packaged rules hold what the schema asks of a team's rules."""
    check_section("masking", default_policy().section("masking"))


def test_rule_ids_are_unique():
    """Each rule id names one rule, because hits are counted by it."""
    ids = [rule["id"] for rule in RULES]

    assert sorted(set(ids)) == sorted(ids)


def test_team_rule_extends_the_packaged_ones():
    """A team's rule masks, and the packaged rules go on masking beside it."""
    masker = Masker(policy_with(TEAM_RULE))

    text, hits = masker.mask_text(RawText("EMP-" + "123456 called 010" + "-1234-5678"))

    assert text == "EMP-***MASKED*** called 010-****-5678"
    assert hits == {"team.employee": 1, "phone.mobile": 1}


def test_team_rule_holds_only_for_its_services():
    """A rule with selectors masks records of its services and no others."""
    masker = Masker(policy_with({**TEAM_RULE, "services": ["hr-*"]}))

    assert masker.mask_text(RawText("EMP-" + "123456"), "hr-api")[0] == "EMP-***MASKED***"
    assert masker.mask_text(RawText("EMP-" + "123456"), "shop")[0] == "EMP-123456"


def test_team_rule_holds_only_for_its_log_groups():
    """A rule may be bound to log groups."""
    masker = Masker(policy_with({**TEAM_RULE, "log_groups": ["/aws/ecs/hr/*"]}))

    assert masker.mask_text(RawText("EMP-" + "123456"), "hr", "/aws/ecs/hr/errors")[0] == "EMP-***MASKED***"
    assert masker.mask_text(RawText("EMP-" + "123456"), "hr", "/aws/ecs/shop/errors")[0] == "EMP-123456"


def test_path_rule_masks_what_stands_at_its_path():
    """A path rule masks the value at an object path, through arrays and wildcards, and nothing beside it."""
    rule = {
        "id": "team.path",
        "kind": "path",
        "paths": ["req.body.nickname", "users.*.note", "**.diagnosis"],
        "examples": {"positive": [{"text": ['{"req":{"body":{"nickname":"kim"}}}']}], "negative": [["{}"]]},
    }
    masker = Masker(policy_with(rule))
    record = {
        "req": {"body": {"nickname": "kim", "ok": "x"}},
        "users": [{"note": "n"}],
        "deep": {"er": [{"diagnosis": "flu"}]},
        "nickname": "stays",
    }

    masked = masker.mask(record)

    assert masked == {
        "req": {"body": {"nickname": "***MASKED***", "ok": "x"}},
        "users": [{"note": "***MASKED***"}],
        "deep": {"er": [{"diagnosis": "***MASKED***"}]},
        "nickname": "stays",
    }


def test_key_rule_of_a_team_reads_any_spelling():
    """A team's key word is found in any spelling, like a packaged one."""
    rule = {
        "id": "team.badge",
        "kind": "key",
        "keys": ["badge number"],
        "examples": {"positive": [{"text": ['{"badgeNumber":"B-1"}']}], "negative": [['{"badge":"x"}']]},
    }
    masker = Masker(policy_with(rule))

    assert masker.mask({"x_BADGE-number": "B-1"}) == {"x_BADGE-number": "***MASKED***"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"pattern": "("}, "masking.rules.team.employee.pattern"),
        ({"pattern": "(?=x)EMP"}, "masking.rules.team.employee.pattern"),
        ({"pattern": "[0-9]*"}, "masking.rules.team.employee.pattern"),
        ({"pattern": "NEVER-[0-9]{6}"}, "masking.rules.team.employee.examples.positive.0"),
        ({"pattern": "EMP-[0-9]{2,6}"}, "masking.rules.team.employee.examples.positive.0"),
        ({"pattern": "EMP-(?P<v>[0-9]{2,6})"}, "masking.rules.team.employee.examples.negative.0"),
        ({"pattern": "EMP-(?P<v>(?:[0-9]+)+)"}, "masking.rules.team.employee.pattern"),
        ({"pattern": "EMP-(?P<v>(?:.*,)*)"}, "masking.rules.team.employee.pattern"),
        ({"pattern": r"[\w.-]{1,64}@[\w.-]{1,190}"}, "masking.rules.team.employee.pattern"),
        ({"gate": "(?:[a-z]*)*EMP"}, "masking.rules.team.employee.gate"),
        ({"validator": "no-such"}, "masking.rules.team.employee.validator"),
        ({"mask": "no-such"}, "masking.rules.team.employee.mask"),
        ({"kind": "number"}, "masking.rules.team.employee"),
        ({"kind": "key"}, "masking.rules.team.employee"),
        ({"keys": ["badge"]}, "masking.rules.team.employee.keys"),
        ({"check": "secret"}, "masking.rules.team.employee.check"),
        ({"id": "card"}, "masking.rules.card"),
        ({"id": "key.password"}, "masking.rules.key.password"),
    ],
)
def test_bad_rule_is_refused_by_place(change, place):
    """A rule that does not compile, fails its own examples or takes a built-in id is refused, its place named."""
    with pytest.raises(PolicyError) as refusal:
        Masker(policy_with({**TEAM_RULE, **change}))

    assert refusal.value.place == place


SLOW = [
    "(a+)+", "(a|aa)+", "(a|a)*", "(ab|a|b)+", "(a*)*", "(a*b?)*", "(.+)+$", "(.*,)*", r"(\w+\s?)+x", "([a-z]+[0-9]*)+x", "(?i:a|Ab?|b)+", "(?:x+y?)+z",
    "(a{2}|a{3})+b", "(?:[^,]|,)*(?:,)*x", ".*.*x", r"\s*\s*$", r"\d+\d+x", "[a-z]+(?:[a-z]+)?x", r"\w*\d*-", "(?:ab)*(?:ab)*c", "a*(b?)a*c",
    r"[\w.]+(?:\.\w+)*@", r"\s*(?:\s*,)*x", "[a-z]*[a-z]{20,}", "(?:a|aa){20}b", "(?i)(?:aB|Ab)+c", "(?:(?i:aB)|(?i:Ab))+c",
    "(?:(?:[a-z]{15}-){14}x){14}",
]  # fmt: skip
ORDINARY = [
    "(?:[0-9]+-)+x", r"(?:\.[a-z]+){1,40}", "(?:[^,]*,)+", "a{1,3}(?:b{2})+", "[0-9]{6}", r"EMP-[0-9]{6}", r"[A-Z]{2}-\d+", r"(?:[a-z0-9-]+\.)+[a-z]+", r"error.*code=\d+",
    "x.*bar.*baz", r"(?:\d{1,3}\.){3}\d{1,3}", r"[\w.-]+@[\w-]+\.com", r"key\s*=\s*\w+", r"key\s*[:=]?\s*\w+", r'"(?:[^"\\]|\\.)*"', r"(?:/[^/]+)+", r"\d+(?:,\d+)*",
    "[A-Z][A-Za-z0-9]*-[0-9]+", "(?:ab|cd)+", "(?:aB|Ab)+c", "(a|b)+c", "(?:[A-Z][a-z]+ )+end", r"(?i)emp(?:loyee)?\s*[:=#]\s*(?P<v>[0-9]{6,8})", r"[A-Za-z]+\d+", r"id=(?P<v>[^&\s]+)",
    r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}", r"\$\{[^}]*\}", r"https?://[^\s/]+/[^\s]*token=[^\s&]+", "[A-Z]+[A-Z0-9]*",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SLOW)
def test_patterns_that_read_a_text_in_many_ways_are_slow(pattern):
    """Loops that read the same text in two ways, inside or beside each other, are found by their form."""
    assert backtracks(pattern)


@pytest.mark.parametrize("pattern", ORDINARY)
def test_ordinary_patterns_are_no_slow_rules(pattern):
    """A repeat inside or beside a repeat is fine where a mark that one cannot read stands between, or nothing can fail."""
    assert not backtracks(pattern)


def test_loops_side_by_side_count_where_something_follows():
    """What is harmless at the end of a pattern is not in front of what a rule puts behind it."""
    assert backtracks("[A-Z]+[A-Z0-9]*", is_followed=True)


@pytest.mark.parametrize(
    "rule",
    [rule for rule in default_policy().section("masking")["rules"] if "pattern" in rule],
    ids=lambda rule: rule["id"],
)
def test_packaged_patterns_would_be_accepted_for_their_speed(rule):
    """What is refused as slow from a team is not packaged either."""
    assert not backtracks(rule["pattern"])


def test_refusal_quotes_no_values():
    """The reason of a refusal never repeats what stands in the rule."""
    with pytest.raises(PolicyError) as refusal:
        Masker(policy_with({**TEAM_RULE, "pattern": "NEVER-(?P<v>x)"}))

    assert "NEVER" not in str(refusal.value)
    assert "123456" not in str(refusal.value)


def test_facts_are_built_in():
    """A document cannot widen what survives."""
    with pytest.raises(PolicyError) as refusal:
        Masker(policy_with(facts={"after": ["password"]}))

    assert refusal.value.place == "masking.facts"


def test_built_in_rule_cannot_be_removed():
    """A table without a built-in rule is refused, however it came about."""
    policy = policy_with()
    section = copy.deepcopy(policy.section("masking"))
    section["rules"] = [rule for rule in section["rules"] if rule["id"] != "card"]

    with pytest.raises(PolicyError):
        Masker(type(policy)("x", {**policy.document, "masking": section}))


def test_report_counts_hits_by_rule():
    """The report adds up the hits of every record since the masker was made."""
    masker = Masker(default_policy())
    masker.mask("010" + "-1234-5678 and 010" + "-0000-0001")
    masker.mask({"password": "hunter2"})

    assert masker.report() == {"phone.mobile": 2, "key.password": 1}
