"""Runs LangChain and writes what its callback handlers, tracers and messages tell: `langchain_calls.py <kind>`."""

import asyncio
import json
import os
import sys

os.environ["LANGSMITH_TRACING"] = "false"

import provider_server
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.load import dumpd
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_core.tools import tool
from langchain_core.tracers.base import BaseTracer
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from loggers_of_calls import json_logger, struct_logger


class EventLogger(BaseCallbackHandler):
    """Logs every callback with its run ids, as teams write such handlers; https://docs.langchain.com callbacks."""

    def __init__(self, log):
        self.log = log

    def _log(self, event, run_id, parent_run_id, **more):
        line = {"event": event, "run_id": str(run_id), "parent_run_id": str(parent_run_id) if parent_run_id else None}
        self.log.info(event, extra={**line, **more})

    def on_chat_model_start(self, serialized, messages, *, run_id, parent_run_id=None, metadata=None, **kwargs):
        asked = [[message.model_dump() for message in batch] for batch in messages]
        self._log(
            "chat_model_start", run_id, parent_run_id, messages=asked, invocation_params=kwargs.get("invocation_params")
        )

    def on_llm_end(self, response, *, run_id, parent_run_id=None, **kwargs):
        self._log("llm_end", run_id, parent_run_id, response=response.model_dump(mode="json"))

    def on_llm_error(self, error, *, run_id, parent_run_id=None, **kwargs):
        self._log("llm_error", run_id, parent_run_id, error=f"{type(error).__name__}: {error}")

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, **kwargs):
        self._log("chain_start", run_id, parent_run_id, chain=kwargs.get("name"), inputs=dumpd(inputs))

    def on_chain_end(self, outputs, *, run_id, parent_run_id=None, **kwargs):
        self._log("chain_end", run_id, parent_run_id, chain=kwargs.get("name"), outputs=dumpd(outputs))

    def on_tool_start(self, serialized, input_str, *, run_id, parent_run_id=None, **kwargs):
        self._log("tool_start", run_id, parent_run_id, tool=serialized["name"], input=input_str)

    def on_tool_end(self, output, *, run_id, parent_run_id=None, **kwargs):
        self._log("tool_end", run_id, parent_run_id, tool=kwargs.get("name"), output=str(output))

    def on_tool_error(self, error, *, run_id, parent_run_id=None, **kwargs):
        self._log("tool_error", run_id, parent_run_id, error=repr(error))

    def on_retriever_end(self, documents, *, run_id, parent_run_id=None, **kwargs):
        self._log("retriever_end", run_id, parent_run_id, documents=[each.model_dump() for each in documents])


class UsageLogger(BaseCallbackHandler):
    """Logs the usage of each answer alone, the way most examples do."""

    def __init__(self, log):
        self.log = log

    def on_llm_end(self, response, *, run_id, **kwargs):
        message = response.generations[0][0].message
        self.log.info(
            "llm_usage", run_id=str(run_id), llm_output=response.llm_output, usage_metadata=message.usage_metadata
        )


def _dumped(run):
    """Return a run as JSON, as newer and older releases dump it."""
    if hasattr(run, "model_dump_json"):
        return run.model_dump_json(exclude={"serialized"})
    return run.json(exclude={"serialized"})


class RunPrinter(BaseTracer):
    """Prints each finished run, its children before it, as LangSmith is sent them."""

    def _persist_run(self, run):
        for child in run.child_runs:
            self._persist_run(child)
        print(_dumped(run), flush=True)


class TreePrinter(BaseTracer):
    """Prints each finished root run with its children inside, as releases before 1.0 dumped it."""

    def _persist_run(self, run):
        print(json.dumps(self._tree(run)), flush=True)

    def _tree(self, run):
        return {
            **run.model_dump(mode="json", exclude={"serialized"}),
            "child_runs": list(map(self._tree, run.child_runs)),
        }


class Capitals(BaseRetriever):
    """Knows one document."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(page_content="Seoul is the capital of Korea.", metadata={"source": "atlas.md", "score": 0.93})]


@tool
def weather(city: str) -> str:
    """Say the weather of a city."""
    if city == "nowhere":
        raise ValueError("no such city")
    return "sunny"


def _model(base, name="gpt-4o", **more):
    return ChatOpenAI(model=name, base_url=f"{base}/openai", api_key="none", temperature=0.2, max_retries=0, **more)


def _chain(base, name="gpt-4o"):
    prompt = ChatPromptTemplate.from_template("Context: {context}\nQuestion: {question}")
    return (
        {"context": Capitals(), "question": RunnablePassthrough()} | prompt | _model(base, name) | StrOutputParser()
    ).with_config(run_name="answer-question")


def callbacks(base):
    """A chain with a retriever, a tool, an error, a stream, all told by callbacks."""
    handler = EventLogger(json_logger())
    config = {"callbacks": [handler], "tags": ["checkout"], "metadata": {"user_id": "u-7", "session_id": "s-3"}}
    _chain(base).invoke("The capital of Korea?", config=config)
    weather.invoke({"city": "Seoul"}, config=config)
    for fails in (
        lambda: weather.invoke({"city": "nowhere"}, config=config),
        lambda: _model(base, "gpt-4o-fail").invoke("Hi", config=config),
    ):
        try:
            fails()
        except Exception as error:  # noqa: BLE001 - whatever the framework makes of it
            print(type(error).__name__, file=sys.stderr)
    for _ in _model(base, stream_usage=True).stream("The capital of Korea?", config=config):
        pass


def usage(base):
    """Usage alone, and messages."""
    log = struct_logger()
    answer = _model(base).invoke("The capital of Korea?", config={"callbacks": [UsageLogger(log)]})
    print(answer.model_dump_json())
    log.info(
        "answered",
        content=answer.content,
        response_metadata=answer.response_metadata,
        usage_metadata=answer.usage_metadata,
    )
    print(json.dumps(dumpd(answer)))


def anthropic(base):
    """Claude's cache counts as LangChain tells them."""
    from langchain_anthropic import ChatAnthropic

    model = ChatAnthropic(model="claude-sonnet-4-5", base_url=f"{base}/anthropic", api_key="none", max_retries=0)
    answer = model.invoke("The capital of Korea?", config={"callbacks": [EventLogger(json_logger())]})
    print(answer.model_dump_json())


def runs(base):
    """Run trees of a chain, a tool, a failed model, and an embedding (which LangChain does not trace)."""
    _run(base, RunPrinter())


def trees(base):
    """The same, each tree in one line."""
    _run(base, TreePrinter())


async def _streamed(base):
    async for event in _chain(base).astream_events("The capital of Korea?", version="v2"):
        print(json.dumps(dumpd(event), default=str))


def stream_events(base):
    """`astream_events`, of which each event is printed."""
    asyncio.run(_streamed(base))


def _run(base, tracer):
    config = {"callbacks": [tracer], "tags": ["checkout"], "metadata": {"user_id": "u-7", "session_id": "s-3"}}
    _chain(base).invoke("The capital of Korea?", config=config)
    weather.invoke({"city": "Seoul"}, config=config)
    try:
        _model(base, "gpt-4o-fail").invoke("Hi", config=config)
    except Exception as error:  # noqa: BLE001 - whatever the framework makes of it
        print(type(error).__name__, file=sys.stderr)
    OpenAIEmbeddings(
        model="text-embedding-3-small", base_url=f"{base}/openai", api_key="none", check_embedding_ctx_length=False
    ).embed_query("hello")


if __name__ == "__main__":
    globals()[sys.argv[1]](provider_server.start())
