"""Every parser and every trace reader recognises its own examples; the policy's rules hold on theirs."""

import pytest

from logrouter.model import DropReason, Issue, MaskedEvent, MaskedText, Origin
from logrouter.policy.load import check_section, default_policy
from logrouter.stages.classify import classify, facts_of
from logrouter.stages.matching import matches
from logrouter.stages.parse import parse
from logrouter.stages.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from logrouter.stages.traces.registry import LANGUAGES, read_trace

AT_MS = 1_795_140_000_000
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/lambda/orders", "2026/11/20/[$LATEST]abc")
RULES = default_policy().section("errors")


def record_of(text: str):
    return parse(MaskedEvent(ORIGIN, "1", AT_MS, MaskedText(text)))


def rule_examples(answer: str):
    return [
        pytest.param(rule, text, id=f"{rule['id']}-{number}")
        for group in ("severity", "ignore", "fingerprints")
        for rule in RULES[group]
        for number, text in enumerate(rule["examples"][answer])
    ]


@pytest.mark.parametrize(
    ("name", "text"), [(parser.name, text) for parser in JSON_PARSERS + TEXT_PARSERS for text in parser.examples]
)
def test_a_parser_takes_its_examples(name, text):
    """The example of a parser is recognised by it, not by one that is asked before it."""
    record = record_of(text)

    assert (record.format, "parser_fault" in record.attributes) == (name, False)


@pytest.mark.parametrize(("name", "text"), [(each.name, text) for each in LANGUAGES for text in each.examples])
def test_a_trace_reader_takes_its_examples(name, text):
    """The example of a language is read by its reader and has frames."""
    trace = read_trace(text)

    assert (trace.error.language, bool(trace.error.frames)) == (name, True)


@pytest.mark.parametrize(("rule", "text"), rule_examples("yes"))
def test_a_rule_matches_its_examples(rule, text):
    """A rule of the packaged policy matches the lines it says it does."""
    assert matches(rule["match"], facts_of(record_of(text)))


@pytest.mark.parametrize(("rule", "text"), rule_examples("no"))
def test_a_rule_leaves_its_counterexamples(rule, text):
    """A rule of the packaged policy does not match the lines it says it does not."""
    assert not matches(rule["match"], facts_of(record_of(text)))


def test_the_packaged_section_fits_its_schema():
    """The packaged section `errors` is valid against its own schema."""
    check_section("errors", RULES)


def test_a_timeout_is_a_fatal_issue_grouped_by_function():
    """A timeout that no SDK could report becomes one issue a function."""
    record = record_of(
        "2026-11-20T02:00:03.123Z 52fdfc07-2182-454f-963f-5f0f9a621d72 Task timed out after 3.00 seconds\n\n"
    )

    issue = classify(record, RULES, None)

    assert isinstance(issue, Issue)
    assert (issue.level.value, issue.fingerprint, issue.transaction) == (
        "fatal",
        ("lambda-timeout", "orders"),
        "orders",
    )


def test_a_line_below_the_minimum_level_is_dropped():
    """Information is no issue."""
    assert (
        classify(record_of("2024-12-16 10:00:00 [INFO] __main__: Peer abc-123 connected"), RULES, None)
        is DropReason.BELOW_LEVEL
    )
