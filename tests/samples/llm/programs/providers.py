"""Calls the providers' own SDKs and writes of each call what services write of it: `providers.py <kind>`."""

import io
import json
import sys
import time

import provider_server
from loggers_of_calls import json_logger, struct_logger

ASKED = [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": "The capital of Korea?"}]
COMPATIBLE = {
    "groq": "llama-3.3-70b-versatile",
    "deepseek": "deepseek-reasoner",
    "xai": "grok-4",
    "openrouter": "anthropic/claude-sonnet-4.5",
    "perplexity": "sonar-pro",
    "together": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "vllm": "Qwen/Qwen2.5-7B-Instruct",
}


def openai_chat(base):
    import openai

    client = openai.OpenAI(base_url=f"{base}/openai", api_key="none", max_retries=0)
    log, slog = json_logger(), struct_logger()
    began = time.perf_counter()
    answer = client.chat.completions.create(model="gpt-4o", messages=ASKED, temperature=0.2, user="u-7")
    took_ms = round((time.perf_counter() - began) * 1000)
    print(answer.model_dump_json())
    print("INFO:chat:answered " + answer.model_dump_json(exclude_none=True))
    log.info(
        "openai answered",
        extra={
            "requestId": "req-1",
            "duration_ms": took_ms,
            "request": {"model": "gpt-4o", "messages": ASKED},
            "response": answer.model_dump(),
        },
    )
    log.info("llm usage", extra={"model": answer.model, "usage": answer.usage.model_dump(), "user_id": "u-7"})
    slog.info(
        "llm.call",
        request_id="req-1",
        model=answer.model,
        latency_s=round(took_ms / 1000, 3),
        finish_reason=answer.choices[0].finish_reason,
        **answer.usage.to_dict(),
    )
    print(answer)
    stream = client.chat.completions.create(
        model="gpt-4o", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    for chunk in stream:
        log.info("chunk", extra={"chunk": chunk.model_dump()}) if chunk.usage else None
        last = chunk
    print(last.model_dump_json())
    try:
        client.chat.completions.create(model="gpt-4o-fail", messages=ASKED)
    except openai.RateLimitError as error:
        log.error(  # noqa: TRY400 - as services log it that have no use for the traceback
            "llm call failed",
            extra={
                "type": "llm",
                "model": "gpt-4o",
                "provider": "openai",
                "error": {"type": type(error).__name__, "message": str(error), "status": error.status_code},
            },
        )
        slog.error("llm.call", model="gpt-4o", error=str(error), status_code=error.status_code)


def openai_responses(base):
    import openai

    client = openai.OpenAI(base_url=f"{base}/openai", api_key="none", max_retries=0)
    answer = client.responses.create(model="gpt-5", input="The capital of Korea?", instructions="Answer in one word.")
    print(answer.model_dump_json())
    json_logger().info("answered", extra={"response": answer.model_dump(mode="json"), "requestId": "req-2"})
    for event in client.responses.create(model="gpt-5", input="The capital of Korea?", stream=True):
        print(event.model_dump_json())


def openai_others(base):
    import openai

    client = openai.OpenAI(base_url=f"{base}/openai", api_key="none", max_retries=0)
    log = json_logger()
    print(client.embeddings.create(model="text-embedding-3-small", input="hello").model_dump_json())
    log.info(
        "embedded",
        extra={
            "embedding": client.embeddings.create(model="text-embedding-3-small", input="hello").usage.model_dump(),
            "model": "text-embedding-3-small",
        },
    )
    print(
        client.moderations.create(input="I will hurt you", model="omni-moderation-latest").model_dump_json(
            exclude_none=True
        )
    )
    file = ("speech.wav", io.BytesIO(b"RIFF"), "audio/wav")
    heard = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file)
    log.info("transcribed", extra={"model": "gpt-4o-transcribe", "response": heard.model_dump()})
    drawn = client.images.generate(model="gpt-image-1", prompt="a city")
    log.info("drawn", extra={"model": "gpt-image-1", "response": drawn.model_dump(exclude={"data"})})


def azure(base):
    import openai

    client = openai.AzureOpenAI(azure_endpoint=f"{base}/azure", api_key="none", api_version="2024-10-21", max_retries=0)
    answer = client.chat.completions.create(model="prod-chat", messages=ASKED)
    json_logger().info(
        "answered", extra={"deployment": "prod-chat", "provider": "azure", "response": answer.model_dump()}
    )


def anthropic(base):
    from anthropic import Anthropic, APIStatusError

    client = Anthropic(base_url=f"{base}/anthropic", api_key="none", max_retries=0)
    log, slog = json_logger(), struct_logger()
    asked = [{"role": "user", "content": "The capital of Korea?"}]
    answer = client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=asked)
    print(answer.model_dump_json())
    log.info("claude answered", extra={"requestId": "req-3", "response": answer.to_dict()})
    slog.info(
        "claude answered",
        request_id="req-3",
        model=answer.model,
        message_id=answer.id,
        **answer.usage.model_dump(exclude_none=True),
    )
    log.info("usage", extra={"model": answer.model, "provider": "anthropic", "usage": answer.usage.model_dump()})
    print(client.messages.create(model="claude-tool", max_tokens=100, messages=asked).to_json(indent=None))
    for event in client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=asked, stream=True):
        print(event.model_dump_json())
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=100, messages=asked) as stream:
        log.info("streamed", extra={"response": stream.get_final_message().to_dict()})
    try:
        client.messages.create(model="claude-fail", max_tokens=100, messages=asked)
    except APIStatusError as error:
        log.exception("claude failed", extra={"llm": {"model": "claude-sonnet-4-5", "error": error.body["error"]}})


def gemini(base):
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=f"{base}/gemini"))
    log = json_logger()
    answer = client.models.generate_content(model="gemini-2.5-flash", contents="The capital of Korea?")
    print(answer.model_dump_json(exclude_none=True))
    print(answer.model_dump_json(exclude_none=True, by_alias=True))
    log.info(
        "gemini answered",
        extra={
            "model": "gemini-2.5-flash",
            "usage_metadata": answer.usage_metadata.model_dump(mode="json", exclude_none=True),
        },
    )
    log.info("vertex answered", extra={"provider": "vertex_ai", "response": answer.to_json_dict()})
    print(
        client.models.generate_content(model="gemini-2.5-tool", contents="Weather?").model_dump_json(exclude_none=True)
    )
    for part in client.models.generate_content_stream(model="gemini-2.5-flash", contents="The capital of Korea?"):
        print(part.model_dump_json(exclude_none=True))


def mistral(base):
    from mistralai.client import Mistral

    client = Mistral(api_key="none", server_url=f"{base}/mistral")
    answer = client.chat.complete(
        model="mistral-small-latest", messages=[{"role": "user", "content": "The capital of Korea?"}]
    )
    print(answer.model_dump_json())
    print(client.embeddings.create(model="mistral-embed", inputs=["hello"]).model_dump_json())


def cohere(base):
    import cohere as sdk

    log = json_logger()
    first, second = sdk.Client("none", base_url=f"{base}/cohere"), sdk.ClientV2("none", base_url=f"{base}/cohere")
    answer = first.chat(model="command-r-plus", message="The capital of Korea?")
    print(json.dumps({"model": "command-r-plus", **json.loads(answer.json())}))
    answer = second.chat(model="command-a-03-2025", messages=[{"role": "user", "content": "The capital of Korea?"}])
    print(answer.json())
    log.info("cohere answered", extra={"model": "command-a-03-2025", "response": json.loads(answer.json())})
    ranked = second.rerank(model="rerank-v3.5", query="capital", documents=["a", "b", "c", "d", "Seoul"], top_n=2)
    log.info("reranked", extra={"model": "rerank-v3.5", "query": "capital", "response": json.loads(ranked.json())})
    embedded = second.embed(model="embed-v4.0", input_type="search_query", texts=["hello"], embedding_types=["float"])
    log.info("embedded", extra={"model": "embed-v4.0", "response": json.loads(embedded.json())})


def compatible(base):
    import openai
    from groq import Groq

    log = json_logger()
    for provider, model in COMPATIBLE.items():
        client = openai.OpenAI(base_url=f"{base}/{provider}", api_key="none", max_retries=0)
        answer = client.chat.completions.create(model=model, messages=ASKED)
        log.info("answered", extra={"provider": provider, "response": answer.model_dump()})
    client = Groq(api_key="none", base_url=f"{base}/groq")
    for chunk in client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ASKED, stream=True):
        last = chunk
    print(last.model_dump_json())


def local(base):
    import urllib.request

    import ollama as sdk

    log = json_logger()
    client = sdk.Client(host=f"{base}/ollama")
    answer = client.chat(model="llama3.2", messages=[{"role": "user", "content": "The capital of Korea?"}])
    print(answer.model_dump_json())
    log.info("ollama answered", extra={"response": answer.model_dump()})
    print(client.embed(model="all-minilm", input="hello").model_dump_json())
    asked = urllib.request.Request(f"{base}/tgi/generate", b'{"inputs": "The capital of Korea?"}')
    with urllib.request.urlopen(asked) as answered:
        log.info(
            "tgi answered",
            extra={
                "model": "mistralai/Mistral-7B-Instruct-v0.3",
                "inputs": "The capital of Korea?",
                "response": json.load(answered),
            },
        )


if __name__ == "__main__":
    globals()[sys.argv[1]](provider_server.start())
