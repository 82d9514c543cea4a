"""What a program prints in pieces is masked once it is put together."""

import pytest

from logrouter.jobs.trace_llm import plan
from logrouter.masking import Masker
from logrouter.model import RawText
from logrouter.policy.load import default_policy

PIECES = {
    "card": (("4111 1111 ", "1111 1111"), "4111 1111 1111 1111"),
    "address": (("kim.min", "su@exam", "ple.com"), "kim.minsu" + "@example.com"),
    "password": (("password: ", "hunter2secret"), "hunter2" + "secret"),
}


@pytest.mark.parametrize(("pieces", "secret"), PIECES.values(), ids=PIECES)
def test_an_answer_that_is_printed_in_pieces_is_masked_whole(pieces: tuple[str, ...], secret: str) -> None:
    """Python's `pprint` breaks long texts between words: no piece alone shows what they say."""
    said = "\n ".join(f"'{piece}'" for piece in ("it is ", *pieces, " so far"))
    line = (
        f"Answer(id='chatcmpl-1', model='gpt-4o', choices=[Choice(message=Message(content={said}))], "
        "usage=CompletionUsage(prompt_tokens=9, completion_tokens=3))"
    )
    event = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "s-1",
        "logEvents": [{"id": "1", "timestamp": 1_795_150_000_000, "message": RawText(line)}],
    }

    planned = plan(
        event,
        policy=default_policy(),
        mask_text=Masker(default_policy()).mask_text,
        region="us-east-1",
        environment="test",
        limit_bytes=10**7,
    )

    (delivery,) = planned.deliveries
    assert "it is" in delivery.body.decode()
    assert secret not in delivery.body.decode()
