"""Runs LlamaIndex and writes what its instrumentation events and callbacks tell: `llama_index_calls.py <kind>`."""

import json
import sys

import provider_server
from llama_index.core import Settings
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from loggers_of_calls import json_logger

LOG = json_logger()
ASKED = [ChatMessage(role="user", content="The capital of Korea?")]


class EventPrinter(BaseEventHandler):
    """Prints every event; https://developers.llamaindex.ai/python/framework/module_guides/observability."""

    def handle(self, event, **kwargs):
        try:
            line = event.model_dump(mode="json")
        except Exception:  # noqa: BLE001 - some events hold what cannot be dumped
            line = json.loads(json.dumps(event.dict(), default=str))
        print(json.dumps({"class_name": event.class_name(), **line}), flush=True)


class Callbacks(BaseCallbackHandler):
    """Logs the start and end of every callback event with its payload."""

    def __init__(self):
        super().__init__([], [])

    def start_trace(self, trace_id=None):
        pass

    def end_trace(self, trace_id=None, trace_map=None):
        pass

    def on_event_start(self, event_type, payload=None, event_id="", parent_id="", **kwargs):
        return event_id

    def on_event_end(self, event_type, payload=None, event_id="", **kwargs):
        shown = {str(getattr(name, "value", name)): _shown(value) for name, value in (payload or {}).items()}
        LOG.info("event ended", extra={"event_type": event_type.value, "event_id": event_id, "payload": shown})


class Atlas(BaseRetriever):
    """Knows one node."""

    def _retrieve(self, query_bundle):
        return [NodeWithScore(node=TextNode(text="Seoul is the capital of Korea.", id_="atlas-1"), score=0.93)]


def _shown(value):
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return (
        json.loads(value.model_dump_json())
        if hasattr(value, "model_dump_json")
        else value
        if isinstance(value, (str, dict, int, float))
        else str(value)
    )


def _model(base, name="gpt-4o", **more):
    return OpenAI(model=name, api_base=f"{base}/openai", api_key="none", max_retries=0, **more)


def _run(base):
    llm = _model(base)
    llm.chat(ASKED)
    for _ in llm.stream_chat(ASKED):
        pass
    llm.complete("The capital of Korea?")
    OpenAIEmbedding(model="text-embedding-3-small", api_base=f"{base}/openai", api_key="none").get_text_embedding(
        "hello"
    )
    Atlas(callback_manager=Settings.callback_manager).retrieve("capital")
    FunctionTool.from_defaults(lambda city: "sunny", name="weather")(city="Seoul")
    try:
        _model(base, "gpt-4o-mini").chat([ChatMessage(role="user", content="fail")], model="gpt-4o-fail")
    except Exception as error:  # noqa: BLE001 - whatever the framework makes of it
        print(type(error).__name__, file=sys.stderr)


def events(base):
    """Instrumentation events."""
    get_dispatcher().add_event_handler(EventPrinter())
    _run(base)


def callbacks(base):
    """Callback handlers, and the token counting handler."""
    counting = TokenCountingHandler(tokenizer=str.split)
    Settings.callback_manager = CallbackManager([Callbacks(), counting])
    _run(base)
    for each in counting.llm_token_counts:
        LOG.info("tokens counted", extra={"event": vars(each)})
    LOG.info(
        "all tokens",
        extra={
            "prompt_llm_token_count": counting.prompt_llm_token_count,
            "completion_llm_token_count": counting.completion_llm_token_count,
            "total_embedding_token_count": counting.total_embedding_token_count,
        },
    )


def answers(base):
    """The answer itself, and its raw body."""
    answer = _model(base).chat(ASKED)
    LOG.info(
        "answered",
        extra={
            "response": {
                "message": {"role": answer.message.role.value, "content": answer.message.content},
                "raw": answer.raw.model_dump(),
                "additional_kwargs": answer.additional_kwargs,
            }
        },
    )
    LOG.info("raw", extra={"raw": answer.raw.model_dump()})
    LOG.info("usage", extra={"model": "gpt-4o", "additional_kwargs": answer.additional_kwargs})


if __name__ == "__main__":
    globals()[sys.argv[1]](provider_server.start())
