"""What the canonical record of an LLM call may carry beside the call itself."""

from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record


def told(**fields):
    document = {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, **fields}
    (call,) = recognise(record(document), RULES).calls
    return call


def test_metadata_of_the_record_goes_along():
    """What an application says of its call is shown with it, also where it is written as text."""
    assert told(metadata={"team": "red"}).metadata["request_metadata"] == {"team": "red"}
    assert told(metadata='{"team": "red"}').metadata["request_metadata"] == {"team": "red"}
    assert "request_metadata" not in told(metadata="red").metadata


def test_metadata_of_the_record_says_nothing_in_our_name():
    """A log line cannot say where a cost is from, how far it is off, or which shape it has."""
    said = {"shape": "bedrock", "cost_source": "record", "cost_deviation": "9"}

    assert told(metadata=said).metadata == {"shape": "canonical", "request_metadata": said}
