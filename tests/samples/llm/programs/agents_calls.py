"""Runs agents of the OpenAI Agents SDK and of AutoGen, and writes what they tell: `agents_calls.py <kind>`."""

import asyncio
import json
import logging
import sys

import provider_server

QUESTION = "The capital of Korea?"


def openai_agents(base):
    """Traces and spans as a processor of one's own exports them; https://openai.github.io/openai-agents-python/tracing."""
    from agents import (
        Agent,
        GuardrailFunctionOutput,
        OpenAIChatCompletionsModel,
        OpenAIResponsesModel,
        Runner,
        function_tool,
        input_guardrail,
        set_trace_processors,
    )
    from agents.tracing import TracingProcessor, function_span, trace
    from openai import AsyncOpenAI

    class Printer(TracingProcessor):
        def on_trace_start(self, trace):
            pass

        def on_trace_end(self, trace):
            print(json.dumps(trace.export(), default=str), flush=True)

        def on_span_start(self, span):
            pass

        def on_span_end(self, span):
            print(json.dumps(span.export(), default=str), flush=True)

        def shutdown(self):
            pass

        def force_flush(self):
            pass

    @input_guardrail
    async def polite(context, agent, asked):
        return GuardrailFunctionOutput(output_info={"polite": True}, tripwire_triggered=False)

    @function_tool
    def weather(city: str) -> str:
        """Say the weather of a city."""
        return "sunny"

    set_trace_processors([Printer()])
    client = AsyncOpenAI(base_url=f"{base}/openai", api_key="none", max_retries=0)
    chat = OpenAIChatCompletionsModel(model="gpt-4o", openai_client=client)
    helper = Agent(name="helper", instructions="Be short.", model=chat, input_guardrails=[polite], tools=[weather])
    Runner.run_sync(helper, QUESTION)
    responses = Agent(name="thinker", model=OpenAIResponsesModel(model="gpt-5", openai_client=client))
    Runner.run_sync(responses, QUESTION)
    with trace("tools"), function_span("weather", input='{"city": "Seoul"}') as span:
        span.span_data.output = "sunny"
    failing = Agent(name="failing", model=OpenAIChatCompletionsModel(model="gpt-4o-fail", openai_client=client))
    try:
        Runner.run_sync(failing, QUESTION)
    except Exception as error:  # noqa: BLE001 - whatever the framework makes of it
        print(type(error).__name__, file=sys.stderr)


async def _autogen(base):
    from autogen_core import CancellationToken
    from autogen_core.models import UserMessage
    from autogen_core.tools import FunctionTool
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    client = OpenAIChatCompletionClient(model="gpt-4o", base_url=f"{base}/openai", api_key="none", max_retries=0)
    await client.create([UserMessage(content=QUESTION, source="user")])
    async for _ in client.create_stream([UserMessage(content=QUESTION, source="user")], include_usage=True):
        pass

    def weather(city: str) -> str:
        return "sunny"

    tool = FunctionTool(weather, description="Say the weather of a city.", name="weather")
    await tool.run_json({"city": "Seoul"}, CancellationToken())


def autogen(base):
    """Events of AutoGen as its event logger writes them; https://microsoft.github.io/autogen logging."""
    from autogen_core import EVENT_LOGGER_NAME

    handler = logging.StreamHandler(sys.stdout)
    logger = logging.getLogger(EVENT_LOGGER_NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    asyncio.run(_autogen(base))


if __name__ == "__main__":
    globals()[sys.argv[1]](provider_server.start())
