"""What the canonical record of an LLM call may carry beside the call itself."""

import pytest

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


@pytest.mark.parametrize(
    "said",
    [{"status": "started"}, {"status": "in_progress"}, {"state": "PENDING"}, {"phase": "start"}, {"stage": "sent"}],
)
def test_a_call_that_has_only_begun_is_none_yet(said):
    """Told as a call of no tokens, it would stand for its own end, which has the same id and comes later."""
    begun = {"type": "llm", "model": "gpt-4o", "callId": "c-1", "prompt": "a", **said}

    assert recognise(record(begun), RULES).calls == ()
    assert told(callId="c-1", **said).usage["total"] == 2


@pytest.mark.parametrize("ended", [{"response": "b"}, {"error": "429"}, {"total_cost": 0.1}])
def test_what_tells_an_end_is_a_call_whatever_its_state(ended):
    """An answer, an error or a cost says that the call is over."""
    document = {"type": "llm", "model": "gpt-4o", "status": "streaming", "prompt": "a", **ended}

    assert len(recognise(record(document), RULES).calls) == 1
