"""Why a document is refused: the place by ids, what is expected, and never a value of it."""

import json

import pytest

from logrouter.errors import PolicyError
from logrouter.policy.load import load_policy, version_name
from logrouter.policy.reasons import reason_of

VALUE = "kim" + "@example.com"

REFUSALS = {
    "enum": (
        {"log_groups": {"kinds": [{"id": "lambda", "retention_days": VALUE}]}},
        "log_groups.kinds.lambda.retention_days",
        "must be one of null, 1, 3",
    ),
    "required": (
        {"errors": {"severity": [{"id": "mine", "match": {"message": "x"}}]}},
        "errors.severity.mine",
        "lacks level",
    ),
    "unknown key": ({"errors": {"minimum": VALUE}}, "errors", "unknown key 'minimum'; known are minimum_level, "),
    "unknown key that is data": ({"errors": {VALUE: 1}}, "errors", "unknown keys; known are minimum_level"),
    "maximum": ({"archive": {"gzip_level": 12}}, "archive.gzip_level", "must be at most 9"),
    "type": ({"errors": {"server_error_status": VALUE}}, "errors.server_error_status", "must be integer"),
    "pattern": ({"routes": {"sentry": [{"id": "a", "route": VALUE}]}}, "routes.sentry.a.route", "must match ^[a-z0-9]"),
    "an id that is data": (
        {"routes": {"sentry": [{"id": VALUE, "route": VALUE}]}},
        "routes.sentry.0.route",
        "must match",
    ),
    "a fact that is none": (
        {"errors": {"ignore": [{"id": "mine", "match": {"massage": "x"}}]}},
        "errors.ignore.mine.match",
        "has a key that is not allowed here; keys must be like ^(service|",
    ),
    "a place that is data": (
        {"errors": {"ignore": [{"id": "mine", "match": {f"attributes.{VALUE}": 7}}]}},
        "errors.ignore.mine.match.*",
        "must be string or array",
    ),
    "no regular expression": (
        {"archive": {"services": [{"id": "mine", "pattern": "(?P<service>["}]}},
        "archive.services.mine.pattern",
        "is no regex",
    ),
    "an id that is no text": (
        {"routes": {"sentry": [{"id": [VALUE], "route": "x"}]}},
        "routes.sentry.0.id",
        "must be string",
    ),
    "two entries of an id": (
        {"routes": {"sentry": [{"id": "a", "route": "x"}, {"id": "a", "route": "y"}]}},
        "routes.sentry.a",
        "two entries have the same id",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_where_and_what_is_expected(case):
    """The place names entries by id, the reason names what is expected."""
    document, place, why = REFUSALS[case]

    with pytest.raises(PolicyError) as refused:
        load_policy(json.dumps(document))

    assert (refused.value.place, refused.value.why[: len(why)]) == (place, why)
    assert VALUE not in str(refused.value)


def test_a_key_that_stands_twice_is_refused():
    """JSON would keep the second section of a name and lose the first, masking rules and all."""
    with pytest.raises(PolicyError, match="the key 'masking' stands twice"):
        load_policy('{"masking": {"rules": []}, "masking": {}}')


def test_broken_json_is_refused_with_line_and_column():
    """Where a document stops being JSON is said, not what stands there."""
    with pytest.raises(PolicyError, match=r"is not JSON at line 2 column 13$"):
        load_policy('{\n "version": x}')


def test_unknown_rules_of_a_schema_are_named():
    """A keyword without words of its own is named as it is."""
    assert reason_of("oneOf", {}, VALUE) == "has a shape that is not known here (oneOf)"


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("2026-11-20", "2026-11-20"),
        ("정책 3", "-- 3"),
        ("\ud800", "-"),
        ("x" * 50, "x" * 40),
        (None, "unnamed"),
        (7, "7"),
    ],
)
def test_a_version_is_a_name(version, name):
    """Whatever a document calls itself, the name fits a dimension of a metric."""
    assert version_name({"version": version}) == name


def test_of_several_forms_the_types_are_named():
    """What is of none of the types that are allowed is told them; what fails in another way is not told its own type."""
    forms = {"anyOf": [{"type": "string"}, {"type": "array"}, {"type": ["string", "number"]}]}

    assert reason_of("anyOf", forms, True) == reason_of("anyOf", forms, {}) == "must be string or array or number"
    assert reason_of("anyOf", forms, "") == reason_of("anyOf", {"anyOf": [{"$ref": "#/x"}]}, 7)
