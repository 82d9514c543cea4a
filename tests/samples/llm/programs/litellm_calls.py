"""Calls providers through LiteLLM and writes the StandardLoggingPayload of each call, as a custom logger gets it.

`litellm_calls.py <kind>`; runs with releases since 1.55 (older ones know fewer kinds).
"""

import asyncio
import json
import os
import sys
import time

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import litellm
import provider_server
from litellm.integrations.custom_logger import CustomLogger

ASKED = [{"role": "user", "content": "The capital of Korea?"}]


class PayloadLogger(CustomLogger):
    """Prints what LiteLLM hands to its loggers; https://docs.litellm.ai/docs/proxy/logging_spec."""

    def log_success_event(self, kwargs, response_obj, start_time, end_time):
        print(json.dumps(kwargs["standard_logging_object"], default=str), flush=True)

    log_failure_event = log_success_event

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.log_success_event(kwargs, response_obj, start_time, end_time)

    async_log_failure_event = async_log_success_event


class ShortLogger(CustomLogger):
    """Prints what the documentation's own example of a custom logger prints, as JSON."""

    def log_success_event(self, kwargs, response_obj, start_time, end_time):
        line = {
            "model": kwargs["model"],
            "response_cost": kwargs["response_cost"],
            "custom_llm_provider": kwargs["litellm_params"]["custom_llm_provider"],
            "litellm_call_id": kwargs["litellm_call_id"],
            "usage": response_obj["usage"].model_dump(),
            "start_time": str(start_time),
            "end_time": str(end_time),
        }
        print(json.dumps(line), flush=True)


def calls(base):
    """Success, stream, failure, cache hit."""
    litellm.callbacks = [PayloadLogger()]
    openai = {"api_base": f"{base}/openai", "api_key": "none"}
    metadata = {"tags": ["checkout"], "session_id": "s-3", "trace_user_id": "u-7"}
    litellm.completion(model="openai/gpt-4o", messages=ASKED, temperature=0.2, user="u-7", metadata=metadata, **openai)
    claude = {"api_base": f"{base}/anthropic", "api_key": "none"}
    litellm.completion(model="anthropic/claude-sonnet-4-5-20250929", messages=ASKED, max_tokens=100, **claude)
    gemini = {"api_base": f"{base}/gemini/models/gemini-2.5-flash", "api_key": "none"}
    litellm.completion(model="gemini/gemini-2.5-flash", messages=ASKED, **gemini)
    stream = litellm.completion(
        model="openai/gpt-4o", messages=ASKED, stream=True, stream_options={"include_usage": True}, **openai
    )
    for _ in stream:
        pass
    time.sleep(1)
    try:
        litellm.completion(model="openai/gpt-4o-fail", messages=ASKED, num_retries=0, max_retries=0, **openai)
    except Exception as error:  # noqa: BLE001 - whatever the framework makes of it
        print(f"{type(error).__name__} raised", file=sys.stderr)
    litellm.cache = litellm.Cache()
    litellm.completion(model="openai/gpt-4o", messages=ASKED, caching=True, **openai)
    time.sleep(0.5)
    litellm.completion(model="openai/gpt-4o", messages=ASKED, caching=True, **openai)


def others(base):
    """Embeddings, reranking, moderation, Responses."""
    litellm.callbacks = [PayloadLogger()]
    openai = {"api_base": f"{base}/openai", "api_key": "none"}
    litellm.embedding(model="openai/text-embedding-3-small", input=["hello"], **openai)
    cohere = {"api_base": f"{base}/cohere/v2/rerank", "api_key": "none"}
    litellm.rerank(
        model="cohere/rerank-v3.5", query="capital", documents=["a", "b", "c", "d", "Seoul"], top_n=2, **cohere
    )
    if hasattr(litellm, "responses"):
        litellm.responses(model="openai/gpt-5", input="The capital of Korea?", **openai)
    if "api_base" in litellm.moderation.__code__.co_varnames:
        litellm.moderation(input="I will hurt you", model="omni-moderation-latest", **openai)


def short(base):
    """What the documentation's example of a custom logger prints."""
    litellm.callbacks = [ShortLogger()]
    litellm.completion(model="openai/gpt-4o", messages=ASKED, api_base=f"{base}/openai", api_key="none")


def json_logs(base):
    """LiteLLM's own log lines with `json_logs`."""
    import logging

    litellm.json_logs = True
    litellm._turn_on_json()
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).setLevel(logging.INFO)
    litellm.completion(model="openai/gpt-4o", messages=ASKED, api_base=f"{base}/openai", api_key="none")
    time.sleep(0.5)
    logging.getLogger("LiteLLM").setLevel(logging.DEBUG)
    litellm.completion(model="openai/gpt-4o", messages=ASKED, api_base=f"{base}/openai", api_key="none")


async def _asynchronous(base):
    openai = {"api_base": f"{base}/openai", "api_key": "none"}
    await litellm.acompletion(model="openai/gpt-4o", messages=ASKED, **openai)
    async for _ in await litellm.acompletion(model="openai/gpt-4o", messages=ASKED, stream=True, **openai):
        pass
    await asyncio.sleep(2)


def asynchronous(base):
    """`acompletion`, and its stream."""
    litellm.callbacks = [PayloadLogger()]
    asyncio.run(_asynchronous(base))


if __name__ == "__main__":
    globals()[sys.argv[1]](provider_server.start())
    time.sleep(2)
