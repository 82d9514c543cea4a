"""Whatever stands in a policy document: it is taken or refused by place and reason, and nothing of it is quoted."""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.adapters.policy_source import accepted
from logrouter.errors import PolicyError
from logrouter_cli.policy.faults import faults_of

PLANTED = "Kim7" + "@Example.KR/900101-1234567"
GOOD = {
    "version": "7",
    "masking": {
        "enable": ["mac"],
        "rules": [
            {
                "id": "team.code",
                "kind": "pattern",
                "pattern": "TEAM-(?P<v>[0-9]{4})",
                "services": ["hr-*"],
                "examples": {"positive": [{"text": ["TEAM-", "1111"]}], "negative": [["TEAM-x"]]},
            },
            {
                "id": "team.badge",
                "kind": "key",
                "keys": ["badge number"],
                "examples": {"positive": [{"text": ['{"badgeNumber":"A12x7781"}']}], "negative": [["badge"]]},
            },
        ],
    },
    "errors": {
        "minimum_level": "warn",
        "in_app": {"own": ["@acme/*"]},
        "ignore": [{"id": "gone", "match": {"message": "*gone*"}, "examples": {"yes": ["ERROR gone"], "no": ["ERROR x"]}}],
        "severity": [{"id": "quiet", "match": {"attributes.try": ["1", "2"]}, "level": "warn"}],
    },
    "routes": {"sentry": [{"id": "pay", "route": "payments", "services": ["pay*"]}]},
    "log_groups": {"exceptions": [{"id": "audit", "matches": ["*/audit"], "class": "access", "retention_days": 365}]},
    "archive": {"gzip_level": 7, "services": [{"id": "mine", "pattern": "/x/(?P<service>[^/]+)"}]},
    "llm": {"models": [{"id": "a", "matches": "x-*", "model": "gpt-4o"}]},
    "alerts": {"repeat_interval_s": 3600},
}  # fmt: skip

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.just(PLANTED),
    st.sampled_from(["", "(", "(a+)+", "[", "*", "\ud800", "x" * 5_000, "(?P<v>", "\\p{L}", "{{ default }}", "1e999"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "match", "rule", PLANTED, "examples", "text"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value, path=()):
    """Yield every place of a document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


PLACES = sorted(places(GOOD), key=str)


@st.composite
def documents(draw):
    """A good document in which some values were replaced, taken away, or given a strange key."""
    made = copy.deepcopy(GOOD)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        here = made
        try:
            for key in place[:-1]:
                here = here[key]
            match draw(st.sampled_from(["replace", "remove", "name"])):
                case "replace":
                    here[place[-1]] = draw(VALUES)
                case "remove":
                    del here[place[-1]]
                case "name":
                    here[PLANTED] = here.pop(place[-1])
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    return json.dumps(made).encode()


def test_the_document_is_good_as_it_is():
    """Without a change nothing is refused, so that what is refused is refused for the change."""
    assert faults_of(json.dumps(GOOD).encode()) == []


@settings(max_examples=25, deadline=None)
@given(documents())
def test_a_document_is_taken_or_refused_without_a_word_of_it(body):
    """No other exception, and no value in a refusal, also where every fault is listed."""
    said = []
    try:
        accepted(body, lambda policy: policy)
    except PolicyError as refusal:
        said.append(refusal)
    said += faults_of(body)

    assert [fault for fault in said if any(part in str(fault) for part in ("Kim7", "Example", "900101"))] == []
    assert [fault for fault in said if " at " in fault.why and ".py:" in fault.why] == []
