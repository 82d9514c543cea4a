"""Recognise a request and its refusal in one line: `{"request": {"model": ...}, "response": {"error": ...}}`.

What was answered is read by the shapes of the providers; this one is for calls that failed, which name no model.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.surroundings import INPUT_NAMES, failure, parameters_of

EXAMPLES = (
    {
        "request": {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "hi"}]},
        "response": {"type": "error", "error": {"type": "rate_limit_error", "message": "too many"}},
    },
)
NO_EXAMPLES = (
    {"request": {"model": "X5", "messages": 3}, "response": {"error": "no stock"}},
    {"request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}, "response": {"status": 200}},
)

_REQUEST: Final = ("request", "requestbody", "llmrequest")
_ANSWER: Final = ("response", "responsebody", "llmresponse", "result")


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read a line with the request of a model and an answer, or the line itself, that tells of an error."""
    found = Fields(document)
    asked, answered = Fields(found.mapping(*_REQUEST)), found.mapping(*_ANSWER)
    question = asked.get(*INPUT_NAMES)
    if asked.text("model", "modelid") is None or not isinstance(question, (str, list)):
        return None
    error = failure(Fields(answered)) if answered else None
    error = error or failure(Fields({"error": found.get("error")}))
    if error is None:
        return None
    return Finding(
        "exchange",
        model=asked.text("model", "modelid"),
        provider=found.text("provider"),
        input=question,
        parameters=parameters_of(asked),
        error=error,
    )
