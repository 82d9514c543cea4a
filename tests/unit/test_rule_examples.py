"""A team's entries of the section `errors` are held against the examples they bring."""

import json

import pytest

from logrouter.adapters.forwarding import ready_masker
from logrouter.errors import PolicyError
from logrouter.model import MaskedText
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.rule_examples import example_faults

PACKAGED = default_policy().section("errors")


def faults(section, mask_text=lambda text, service, group: (MaskedText(text), {})):
    errors = load_policy(json.dumps({"errors": section})).section("errors")
    return [f"{fault.place}: {fault.why}" for fault in example_faults(errors, PACKAGED, mask_text)]


def entry(match, **examples):
    return {"ignore": [{"id": "mine", "match": match, "examples": examples}]}


@pytest.mark.parametrize(
    ("match", "example"),
    [
        ({"message": "*reset by peer*"}, "ERROR read: connection reset by peer"),
        ({"error.type": "Client*"}, '{"level":"error","msg":"x","error":{"type":"ClientGone","message":"y"}}'),
        ({"service": "gateway", "message": "*x*"}, "ERROR x"),
        ({"service": "gateway"}, '{"level":"error","msg":"x","serviceId":"gateway"}'),
        ({"log_group": "/aws/ecs/pay/*"}, {"text": "ERROR x", "log_group": "/aws/ecs/pay/app"}),
        ({"function": "orders"}, {"text": "ERROR x", "log_group": "/aws/lambda/orders"}),
        ({"level": "error"}, "2026-11-20 01:00:00 ERROR x"),
    ],
)
def test_a_good_example_is_accepted(match, example):
    """A text may leave open what its log group would say, or state it."""
    assert faults(entry(match, yes=[example])) == []


@pytest.mark.parametrize(
    ("match", "example"),
    [
        ({"message": "*reset by peer*"}, "ERROR broken pipe"),
        ({"service": "gateway"}, '{"level":"error","msg":"x","serviceId":"orders"}'),
        ({"log_group": "/aws/ecs/pay/*"}, {"text": "ERROR x", "log_group": "/aws/ecs/web/app"}),
        ({"service": "gateway", "message": "*x*"}, "ERROR y"),
    ],
)
def test_an_entry_that_misses_its_example_is_named(match, example):
    """The fault names the entry and the example by number."""
    assert faults(entry(match, yes=[example])) == ["errors.ignore.mine.examples.yes.0: the entry does not match it"]


def test_an_entry_that_takes_too_much_is_named():
    """An example that must not match and does is a fault; one that hangs on its log group is left open."""
    section = entry({"message": "*timeout*"}, no=["ERROR connect refused", "ERROR timeout of the bank"])
    open_one = entry({"message": "*timeout*", "log_group": "/aws/ecs/bank/*"}, no=["ERROR timeout of the bank"])

    assert faults(section) == ["errors.ignore.mine.examples.no.1: the entry matches it"]
    assert faults(open_one) == []


def test_entries_see_masked_text():
    """An entry that asks for what masking takes away would never match a record."""
    section = entry({"message": "*user@example.com*"}, yes=["ERROR mail to user@example.com bounced"])

    assert len(faults(section, lambda text, service, group: (MaskedText(text.replace("user@", "us**@")), {}))) == 1


def test_what_is_switched_off_or_packaged_is_passed_over():
    """Packaged examples speak of the packaged entry, not of what a document makes of it."""
    changed = {"fingerprints": [{"id": "lambda-timeout", "match": {"message": "never"}}]}
    off = {"ignore": [{"id": "mine", "enabled": False, "match": {"message": "x"}, "examples": {"yes": ["y"]}}]}

    assert faults(changed) == []
    assert faults(off) == []


def test_forwarding_functions_refuse_an_entry_that_fails_its_example():
    """The functions hold a document against the same examples as the command line."""
    document = json.dumps({"errors": entry({"message": "never"}, yes=["ERROR x"])})

    with pytest.raises(PolicyError, match=r"errors\.ignore\.mine\.examples\.yes\.0: the entry does not match it"):
        ready_masker(load_policy(document))


def test_examples_that_a_document_gives_a_packaged_entry_are_tried():
    """Packaged examples speak of the packaged entry; those a document brings are its own."""
    changed = {"id": "postgresql-statement", "match": {"message": "x"}}

    assert faults({"ignore": [changed]}) == []
    assert faults({"ignore": [{**changed, "examples": {"yes": ["ERROR y"], "no": []}}]}) == [
        "errors.ignore.postgresql-statement.examples.yes.0: the entry does not match it"
    ]
