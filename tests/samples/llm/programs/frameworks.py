"""Runs Pydantic AI, Haystack and DSPy, and writes what services log of them: `frameworks.py <kind>`."""

import json
import sys

import provider_server
from loggers_of_calls import json_logger

LOG = json_logger()


def pydantic_ai(base):
    """The run's usage, and its messages as JSON."""
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(base_url=f"{base}/openai", api_key="none"))
    result = Agent(model, instructions="Answer in one word.").run_sync("The capital of Korea?")
    print(result.all_messages_json().decode())
    usage = result.usage() if callable(result.usage) else result.usage
    LOG.info("run ended", extra={"model": "gpt-4o", "usage": vars(usage)})
    answered = result.all_messages()[-1]
    LOG.info(
        "model answered", extra={"response": json.loads(result.all_messages_json())[-1], "model": answered.model_name}
    )


def haystack(base):
    """A generator's reply with its meta."""
    from haystack.components.generators.chat import OpenAIChatGenerator
    from haystack.dataclasses import ChatMessage
    from haystack.utils import Secret

    generator = OpenAIChatGenerator(api_key=Secret.from_token("none"), model="gpt-4o", api_base_url=f"{base}/openai")
    reply = generator.run([ChatMessage.from_user("The capital of Korea?")])["replies"][0]
    print(json.dumps(reply.to_dict()))
    LOG.info("generator answered", extra={"component": "OpenAIChatGenerator", "meta": reply.meta})


def dspy(base):
    """The history of a language model."""
    import dspy as sdk

    lm = sdk.LM("openai/gpt-4o", api_base=f"{base}/openai", api_key="none", cache=False, temperature=0.2)
    lm("The capital of Korea?")
    print(json.dumps({name: value for name, value in lm.history[-1].items() if name != "response"}, default=str))


if __name__ == "__main__":
    globals()[sys.argv[1]](provider_server.start())
