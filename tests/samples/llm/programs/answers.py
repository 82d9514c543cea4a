"""What each provider answers, shaped by the examples of its own reference (the page stands above each, 2026-11-20).

Keys are `<provider>/<operation>`; a list is a stream, one event an item.
"""

import base64
import struct

CREATED = 1_795_154_910
VECTOR = base64.b64encode(struct.pack("<3f", 0.0023, -0.0093, 0.0157)).decode()


def chat(model, usage, text="Seoul.", identifier="chatcmpl-CkB3Rk1VhYq0Yy1p5XK2nT0aWcQzE", **more):
    """Chat Completions and what follows it: https://platform.openai.com/docs/api-reference/chat/object."""
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        "id": identifier,
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [choice],
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
        **more,
    }


def chunks(model, usage, words=("Se", "oul", "."), identifier="chatcmpl-CkB3StreamYq0Yy1p5XK2nT0aWcQzE", last=None):
    """A stream with `stream_options.include_usage`: https://platform.openai.com/docs/api-reference/chat-streaming."""
    head = {"id": identifier, "object": "chat.completion.chunk", "created": CREATED, "model": model}
    said = [
        {**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], "usage": None}
        for delta in ({"role": "assistant", "content": ""}, *({"content": word} for word in words))
    ]
    end = {**head, "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}], "usage": None}
    return [*said, end, {**head, "choices": [], "usage": usage, **(last or {})}]


def openai_usage(prompt, completion, cached=0, reasoning=0, audio_in=0, audio_out=0):
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": audio_in},
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": audio_out,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


RESPONSE_USAGE = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 256},
    "output_tokens": 152,
    "output_tokens_details": {"reasoning_tokens": 128},
    "total_tokens": 480,
}
RESPONSE = {
    # https://platform.openai.com/docs/api-reference/responses/object
    "id": "resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b",
    "object": "response",
    "created_at": CREATED,
    "status": "completed",
    "background": False,
    "error": None,
    "incomplete_details": None,
    "instructions": "Answer in one word.",
    "max_output_tokens": None,
    "model": "gpt-5-2025-08-07",
    "output": [
        {"id": "rs_68af4030baa48193", "type": "reasoning", "summary": []},
        {
            "id": "msg_68af4033a2a08193",
            "type": "message",
            "status": "completed",
            "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Seoul."}],
            "role": "assistant",
        },
    ],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": "low", "summary": None},
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "usage": RESPONSE_USAGE,
    "user": None,
    "metadata": {},
}
CLAUDE = {
    # https://docs.claude.com/en/api/messages, prompt caching: https://docs.claude.com/en/docs/build-with-claude/prompt-caching
    "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Seoul."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 50,
        "cache_creation_input_tokens": 1456,
        "cache_read_input_tokens": 188_086,
        "cache_creation": {"ephemeral_5m_input_tokens": 456, "ephemeral_1h_input_tokens": 1000},
        "output_tokens": 503,
        "server_tool_use": {"web_search_requests": 2},
        "service_tier": "standard",
    },
}
CLAUDE_TOOL = {
    **CLAUDE,
    "id": "msg_01Aq9w938a90dw8q",
    "content": [
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "weather", "input": {"city": "Seoul"}},
    ],
    "stop_reason": "tool_use",
    "usage": {
        "input_tokens": 472,
        "output_tokens": 65,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "service_tier": "priority",
    },
}
CLAUDE_STREAM = [
    # https://docs.claude.com/en/docs/build-with-claude/streaming
    {
        "type": "message_start",
        "message": {
            **CLAUDE,
            "id": "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY",
            "content": [],
            "stop_reason": None,
            "usage": {
                "input_tokens": 25,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 1024,
                "output_tokens": 1,
            },
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Se"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "oul."}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {
            "input_tokens": 25,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 1024,
            "output_tokens": 15,
        },
    },
    {"type": "message_stop"},
]
GEMINI = {
    # https://ai.google.dev/api/generate-content#UsageMetadata
    "candidates": [{"content": {"parts": [{"text": "Seoul."}], "role": "model"}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {
        "promptTokenCount": 2152,
        "cachedContentTokenCount": 2027,
        "candidatesTokenCount": 18,
        "thoughtsTokenCount": 201,
        "totalTokenCount": 2371,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 1894},
            {"modality": "IMAGE", "tokenCount": 258},
        ],
        "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 2027}],
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 18}],
    },
    "modelVersion": "gemini-2.5-flash",
    "responseId": "mZ0gaZ7pKsCC1dkPu7CJiAs",
}
GEMINI_TOOL = {
    "candidates": [
        {
            "content": {
                "parts": [{"functionCall": {"name": "weather", "args": {"city": "Seoul"}}}],
                "role": "model",
            },
            "finishReason": "STOP",
            "index": 0,
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 61,
        "candidatesTokenCount": 14,
        "totalTokenCount": 93,
        "toolUsePromptTokenCount": 18,
    },
    "modelVersion": "gemini-2.5-pro",
    "responseId": "nJ0gaaHnMrKs0-kP9dWSoQM",
}

ANSWERS = {
    "openai/chat/completions": chat("gpt-4o-2024-08-06", openai_usage(1117, 46, cached=1024)),
    "openai/chat/completions stream": chunks("gpt-4o-2024-08-06", openai_usage(19, 10)),
    "openai/responses": RESPONSE,
    "openai/responses stream": [
        # https://platform.openai.com/docs/api-reference/responses-streaming
        {
            "type": "response.created",
            "sequence_number": 0,
            "response": {**RESPONSE, "status": "in_progress", "output": [], "usage": None},
        },
        {
            "type": "response.output_text.delta",
            "sequence_number": 1,
            "item_id": "msg_68af4033a2a08193",
            "output_index": 0,
            "content_index": 0,
            "delta": "Seoul.",
            "logprobs": [],
        },
        {"type": "response.completed", "sequence_number": 2, "response": RESPONSE},
    ],
    "openai/embeddings": {
        # https://platform.openai.com/docs/api-reference/embeddings
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": VECTOR}],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    },
    "openai/moderations": {
        # https://platform.openai.com/docs/api-reference/moderations/object
        "id": "modr-0d9740456c391e43c445bf0f010940c7",
        "model": "omni-moderation-latest",
        "results": [
            {
                "flagged": True,
                "categories": {"harassment": True, "harassment/threatening": True, "violence": True, "hate": False},
                "category_scores": {"harassment": 0.81, "harassment/threatening": 0.52, "violence": 0.86, "hate": 0.01},
                "category_applied_input_types": {"harassment": ["text"], "violence": ["text"]},
            }
        ],
    },
    "openai/audio/transcriptions": {
        # https://platform.openai.com/docs/api-reference/audio/json-object
        "text": "Hello from Seoul.",
        "usage": {
            "type": "tokens",
            "input_tokens": 14,
            "input_token_details": {"text_tokens": 10, "audio_tokens": 4},
            "output_tokens": 101,
            "total_tokens": 115,
        },
    },
    "openai/images/generations": {
        # https://platform.openai.com/docs/api-reference/images/object
        "created": CREATED,
        "background": "transparent",
        "output_format": "png",
        "size": "1024x1024",
        "quality": "high",
        "data": [{"b64_json": "iVBORw0KGgo="}],
        "usage": {
            "total_tokens": 100,
            "input_tokens": 50,
            "output_tokens": 50,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
        },
    },
    # https://learn.microsoft.com/azure/ai-foundry/openai/latest
    "azure/chat/completions": chat(
        "gpt-4o-2024-11-20",
        openai_usage(25, 7),
        prompt_filter_results=[
            {"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}
        ],
    ),
    "anthropic/messages": CLAUDE,
    "anthropic/messages tool": CLAUDE_TOOL,
    "anthropic/messages stream": CLAUDE_STREAM,
    "gemini/generateContent": GEMINI,
    "gemini/generateContent tool": GEMINI_TOOL,
    "gemini/streamGenerateContent": [
        {
            "candidates": [{"content": {"parts": [{"text": "Se"}], "role": "model"}, "index": 0}],
            "usageMetadata": {"promptTokenCount": 8, "totalTokenCount": 42, "thoughtsTokenCount": 34},
            "modelVersion": "gemini-2.5-flash",
            "responseId": "sT0gaZ7pKsCC1dkPstream",
        },
        {
            "candidates": [
                {"content": {"parts": [{"text": "oul."}], "role": "model"}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": {
                "promptTokenCount": 8,
                "candidatesTokenCount": 3,
                "totalTokenCount": 45,
                "thoughtsTokenCount": 34,
            },
            "modelVersion": "gemini-2.5-flash",
            "responseId": "sT0gaZ7pKsCC1dkPstream",
        },
    ],
    # https://docs.mistral.ai/api/endpoint/chat
    "mistral/chat/completions": {
        "id": "cmpl-e5cc70bb28c444948073e77776eb30ef",
        "object": "chat.completion",
        "created": CREATED,
        "model": "mistral-small-latest",
        "choices": [
            {
                "index": 0,
                "message": {"content": "Seoul.", "tool_calls": None, "prefix": False, "role": "assistant"},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 16, "completion_tokens": 34, "total_tokens": 50},
    },
    "mistral/embeddings": {
        "id": "aad6fc62b17349b192ef09225058bc45",
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}],
        "model": "mistral-embed",
        "usage": {"prompt_tokens": 15, "completion_tokens": 0, "total_tokens": 15, "prompt_audio_seconds": None},
    },
    # https://docs.cohere.com/v1/reference/chat
    "cohere/v1/chat": {
        "response_id": "5a50480a-cf52-46f0-af01-53d18539bd32",
        "generation_id": "2f5b1f0e-3e1b-4d5c-9a76-2c1b2c2a5f7e",
        "text": "Seoul.",
        "chat_history": [{"role": "USER", "message": "Capital?"}, {"role": "CHATBOT", "message": "Seoul."}],
        "finish_reason": "COMPLETE",
        "meta": {
            "api_version": {"version": "1"},
            "billed_units": {"input_tokens": 6772, "output_tokens": 248},
            "tokens": {"input_tokens": 7596, "output_tokens": 645},
        },
    },
    # https://docs.cohere.com/reference/chat
    "cohere/v2/chat": {
        "id": "c14c80c3-18eb-4519-9460-6c92edd8cfb4",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Seoul."}]},
        "usage": {
            "billed_units": {"input_tokens": 5, "output_tokens": 418},
            "tokens": {"input_tokens": 71, "output_tokens": 418},
            "cached_tokens": 64,
        },
    },
    # https://docs.cohere.com/reference/rerank
    "cohere/v2/rerank": {
        "id": "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
        "results": [{"index": 3, "relevance_score": 0.999071}, {"index": 4, "relevance_score": 0.7867867}],
        "meta": {"api_version": {"version": "2", "is_experimental": False}, "billed_units": {"search_units": 1}},
    },
    # https://docs.cohere.com/reference/embed
    "cohere/v2/embed": {
        "id": "da6e531f-54c5-4a73-bf92-f60566d8d753",
        "embeddings": {"float": [[0.016, -0.008]]},
        "texts": ["hello"],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 2}},
        "response_type": "embeddings_by_type",
    },
    # https://console.groq.com/docs/api-reference#chat-create
    "groq/chat/completions": chat(
        "llama-3.3-70b-versatile",
        {
            "queue_time": 0.037493756,
            "prompt_tokens": 18,
            "prompt_time": 0.000680594,
            "completion_tokens": 556,
            "completion_time": 0.463333333,
            "total_tokens": 574,
            "total_time": 0.464013927,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
        identifier="chatcmpl-f51b2cd2-bef7-417e-964e-a08f0b513c22",
        service_tier="on_demand",
        x_groq={"id": "req_01jbd6g2qdfw2adyrt2az8hz4w"},
    ),
    "groq/chat/completions stream": [
        *chunks("llama-3.3-70b-versatile", None, identifier="chatcmpl-bc4c2b5f-ad1c-4151-831f-a0885de968a3")[:-2],
        {
            "id": "chatcmpl-bc4c2b5f-ad1c-4151-831f-a0885de968a3",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": "llama-3.3-70b-versatile",
            "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}],
            "x_groq": {
                "id": "req_01k88s37gyfaqa5ckqj4t7mrg8",
                "usage": {
                    "queue_time": 0.090321431,
                    "prompt_tokens": 38,
                    "prompt_time": 0.003210785,
                    "completion_tokens": 4,
                    "completion_time": 0.027554055,
                    "total_tokens": 42,
                    "total_time": 0.03076484,
                },
            },
        },
    ],
    # https://api-docs.deepseek.com/api/create-chat-completion
    "deepseek/chat/completions": chat(
        "deepseek-reasoner",
        {
            "prompt_tokens": 1600,
            "completion_tokens": 300,
            "total_tokens": 1900,
            "prompt_tokens_details": {"cached_tokens": 1536},
            "completion_tokens_details": {"reasoning_tokens": 240},
            "prompt_cache_hit_tokens": 1536,
            "prompt_cache_miss_tokens": 64,
        },
        identifier="930c60df-bf64-41c9-a88e-3ec75f81e00e",
    ),
    # https://docs.x.ai/docs/api-reference#chat-completions: reasoning is not part of completion_tokens
    "xai/chat/completions": chat(
        "grok-4-0709",
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "total_tokens": 135,
            "prompt_tokens_details": {"text_tokens": 32, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 6},
            "completion_tokens_details": {
                "reasoning_tokens": 94,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
            "num_sources_used": 0,
        },
        identifier="a3d1008e-4544-40d4-d075-11527e794e4a",
        service_tier=None,
    ),
    # https://openrouter.ai/docs/use-cases/usage-accounting
    "openrouter/chat/completions": chat(
        "anthropic/claude-sonnet-4.5",
        {
            "prompt_tokens": 194,
            "completion_tokens": 2,
            "total_tokens": 196,
            "cost": 0.00095,
            "is_byok": False,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 100, "audio_tokens": 0},
            "cost_details": {"upstream_inference_cost": None},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
        identifier="gen-1795154910-3XfW1NUvxV7lUcE2cF0z",
        provider="Anthropic",
    ),
    # https://docs.perplexity.ai/api-reference/chat-completions-post
    "perplexity/chat/completions": chat(
        "sonar-pro",
        {
            "prompt_tokens": 14,
            "completion_tokens": 200,
            "total_tokens": 214,
            "search_context_size": "low",
            "citation_tokens": 0,
            "num_search_queries": 1,
            "cost": {
                "input_tokens_cost": 0.000042,
                "output_tokens_cost": 0.003,
                "request_cost": 0.006,
                "total_cost": 0.009042,
            },
        },
        identifier="b4f2a0b0-6b0e-4a6f-8a37-2a2d0f6d6c11",
        citations=["https://en.wikipedia.org/wiki/Seoul"],
    ),
    # https://docs.together.ai/reference/chat-completions-1
    "together/chat/completions": chat(
        "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        {"prompt_tokens": 40, "completion_tokens": 7, "total_tokens": 47, "cached_tokens": 0},
        identifier="oCdRnUm-2j9zxn-98c9b2f0fe2ac4de",
        prompt=[],
    ),
    # https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    "vllm/chat/completions": chat(
        "Qwen/Qwen2.5-7B-Instruct",
        {"prompt_tokens": 33, "completion_tokens": 5, "total_tokens": 38, "prompt_tokens_details": None},
        identifier="chatcmpl-6a4a2ae8c5574ea4b3a0b3d1d7d86b1b",
        prompt_logprobs=None,
        kv_transfer_params=None,
    ),
    # https://huggingface.github.io/text-generation-inference/
    "tgi/generate": {
        "generated_text": "Seoul.",
        "details": {
            "finish_reason": "eos_token",
            "generated_tokens": 3,
            "seed": None,
            "prefill": [],
            "tokens": [{"id": 4, "text": "Seoul", "logprob": -0.1, "special": False}],
        },
    },
    # https://github.com/ollama/ollama/blob/main/docs/api.md
    "ollama/api/chat": {
        "model": "llama3.2",
        "created_at": "2026-11-20T06:08:30.455000Z",
        "message": {"role": "assistant", "content": "Seoul."},
        "done": True,
        "done_reason": "stop",
        "total_duration": 4_883_583_458,
        "load_duration": 1_334_875,
        "prompt_eval_count": 26,
        "prompt_eval_duration": 342_546_000,
        "eval_count": 282,
        "eval_duration": 4_535_599_000,
    },
    "ollama/api/embed": {
        "model": "all-minilm",
        "embeddings": [[0.010071029, -0.0017594862]],
        "total_duration": 14_143_917,
        "load_duration": 1_019_500,
        "prompt_eval_count": 8,
    },
}

FAILURES = {
    "openai": (
        429,
        {
            "error": {
                "message": "Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM)",
                "type": "tokens",
                "param": None,
                "code": "rate_limit_exceeded",
            }
        },
    ),
    "anthropic": (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "cohere": (400, {"message": "invalid request: model not found"}),
}
