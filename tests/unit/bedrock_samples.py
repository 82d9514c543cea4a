"""Bodies of the vendors on Amazon Bedrock as their documentation shows them, each with what is to be read out of it.

Amazon Bedrock user guide, "Inference request parameters and response fields for foundation models" (one page a vendor),
API reference of the Bedrock runtime, Amazon Nova user guide; checked 2026-11-20. Texts and ids are invented.
"""

from typing import Any

PNG = "iVBORw0KGgo" + "AbC1" * 200
JPEG = "/9j/" + "4AAQSkZJRg" * 60
METRICS = {
    "inputTokenCount": 12,
    "outputTokenCount": 5,
    "invocationLatency": 900,
    "firstByteLatency": 300,
}
ASSESSMENT = {
    "topicPolicy": {"topics": [{"name": "Investment", "type": "DENY", "action": "BLOCKED", "detected": True}]},
    "contentPolicy": {
        "filters": [
            {"type": "VIOLENCE", "confidence": "HIGH", "filterStrength": "HIGH", "action": "BLOCKED", "detected": True},
            {"type": "HATE", "confidence": "NONE", "action": "NONE", "detected": False},
        ]
    },
    "wordPolicy": {
        "customWords": [{"match": "competitor", "action": "BLOCKED", "detected": True}],
        "managedWordLists": [{"match": "curse", "type": "PROFANITY", "action": "BLOCKED", "detected": True}],
    },
    "sensitiveInformationPolicy": {
        "piiEntities": [{"match": "Hong Gildong", "type": "NAME", "action": "ANONYMIZED", "detected": True}],
        "regexes": [{"name": "badge", "match": "B-77", "regex": "B-\\d+", "action": "ANONYMIZED", "detected": True}],
    },
    "contextualGroundingPolicy": {
        "filters": [{"type": "GROUNDING", "threshold": 0.7, "score": 0.31, "action": "BLOCKED", "detected": True}]
    },
}
FOUND = [
    "topic Investment BLOCKED",
    "VIOLENCE HIGH BLOCKED",
    "custom word BLOCKED",
    "PROFANITY BLOCKED",
    "NAME ANONYMIZED",
    "regex badge ANONYMIZED",
    "GROUNDING 0.31 BLOCKED",
]


def delta(index: int, **facts: Any) -> dict[str, Any]:
    """Return one of Anthropic's content_block_delta events."""
    return {"type": "content_block_delta", "index": index, "delta": facts}


def chat(model: str, message: dict[str, Any], reason: str = "stop", **usage: Any) -> dict[str, Any]:
    """Return an answer as OpenAI's Chat Completions write it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage or {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
    }


def piece(**said: Any) -> dict[str, Any]:
    """Return a chunk of a streamed chat completion."""
    reason = said.pop("finish_reason", None)
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": said, "finish_reason": reason}]}


REQUESTS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "claude messages": (
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 100,
            "system": "Be short.",
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                        {"type": "text", "text": "What is this?"},
                    ],
                }
            ],
        },
        [
            {"role": "system", "content": "Be short."},
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {
                            "type": "base64",
                            "media_type": "image/png",
                            "data": "[image/png, 608 bytes, left out]",
                        },
                    },
                    {"type": "text", "text": "What is this?"},
                ],
            },
        ],
        {"max_tokens": 100, "thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
    "claude text completions": (
        {"prompt": "\n\nHuman: Hi\n\nAssistant:", "max_tokens_to_sample": 200, "stop_sequences": ["\n\nHuman:"]},
        "\n\nHuman: Hi\n\nAssistant:",
        {"max_tokens": 200, "stop_sequences": ["\n\nHuman:"]},
    ),
    "converse": (
        {
            "system": [{"text": "Be short."}, {"cachePoint": {"type": "default"}}],
            "messages": [
                {
                    "role": "user",
                    "content": [{"text": "See"}, {"image": {"format": "jpeg", "source": {"bytes": JPEG}}}],
                }
            ],
            "inferenceConfig": {"maxTokens": 512, "temperature": 0.5, "topP": 0.9},
            "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "1", "trace": "enabled"},
        },
        [
            {"role": "system", "content": [{"text": "Be short."}, {"cachePoint": {"type": "default"}}]},
            {
                "role": "user",
                "content": [
                    {"text": "See"},
                    {"image": {"format": "jpeg", "source": {"bytes": "[image/jpeg, 453 bytes, left out]"}}},
                ],
            },
        ],
        {
            "maxTokens": 512,
            "temperature": 0.5,
            "topP": 0.9,
            "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "1", "trace": "enabled"},
        },
    ),
    "nova": (
        {
            "schemaVersion": "messages-v1",
            "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
            "inferenceConfig": {"maxTokens": 300, "topK": 20},
        },
        [{"role": "user", "content": "Hi"}],
        {"maxTokens": 300, "topK": 20},
    ),
    "nova canvas, titan image": (
        {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": "A house", "negativeText": "clouds"},
            "imageGenerationConfig": {"width": 1024, "height": 1024, "numberOfImages": 1, "seed": 12},
        },
        {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "A house", "negativeText": "clouds"}},
        {"width": 1024, "height": 1024, "numberOfImages": 1, "seed": 12},
    ),
    "titan image, inpainting": (
        {
            "taskType": "INPAINTING",
            "inPaintingParams": {"image": PNG, "text": "a hat", "maskPrompt": "head"},
        },
        {
            "taskType": "INPAINTING",
            "inPaintingParams": {
                "image": "[image/png, 608 bytes, left out]",
                "text": "a hat",
                "maskPrompt": "head",
            },
        },
        {},
    ),
    "nova embeddings": (
        {
            "schemaVersion": "nova-multimodal-embed-v1",
            "taskType": "SINGLE_EMBEDDING",
            "singleEmbeddingParams": {
                "embeddingPurpose": "GENERIC_INDEX",
                "embeddingDimension": 1024,
                "text": {"truncationMode": "END", "value": "search me"},
            },
        },
        {
            "taskType": "SINGLE_EMBEDDING",
            "singleEmbeddingParams": {
                "embeddingPurpose": "GENERIC_INDEX",
                "embeddingDimension": 1024,
                "text": {"truncationMode": "END", "value": "search me"},
            },
        },
        {},
    ),
    "titan text": (
        {
            "inputText": "User: Hi\nBot:",
            "textGenerationConfig": {"maxTokenCount": 100, "temperature": 0, "stopSequences": []},
        },
        "User: Hi\nBot:",
        {"maxTokenCount": 100, "temperature": 0, "stopSequences": []},
    ),
    "titan embeddings v2": (
        {"inputText": "search me", "dimensions": 512, "normalize": True},
        "search me",
        {"dimensions": 512, "normalize": True},
    ),
    "titan multimodal embeddings": (
        {"inputText": "a cat", "inputImage": PNG, "embeddingConfig": {"outputEmbeddingLength": 256}},
        {"text": "a cat", "inputImage": "[image/png, 608 bytes, left out]"},
        {"embeddingConfig": {"outputEmbeddingLength": 256}},
    ),
    "llama": (
        {"prompt": "Hi", "max_gen_len": 10, "temperature": 0.5, "top_p": 0.9},
        "Hi",
        {"max_tokens": 10, "temperature": 0.5, "top_p": 0.9},
    ),
    "mistral text": (
        {"prompt": "<s>[INST] Hi [/INST]", "max_tokens": 50, "top_k": 5, "stop": ["x"]},
        "<s>[INST] Hi [/INST]",
        {"max_tokens": 50, "top_k": 5, "stop": ["x"]},
    ),
    "mistral chat": (
        {"messages": [{"role": "user", "content": "Hi"}], "tool_choice": "auto", "max_tokens": 50},
        [{"role": "user", "content": "Hi"}],
        {"max_tokens": 50, "tool_choice": "auto"},
    ),
    "openai with a picture": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "See"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}},
                    ],
                }
            ],
            "max_completion_tokens": 40,
            "reasoning_effort": "low",
        },
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See"},
                    {"type": "image_url", "image_url": {"url": "[image/png, 608 bytes, left out]"}},
                ],
            }
        ],
        {"max_completion_tokens": 40, "reasoning_effort": "low"},
    ),
    "cohere command": (
        {"prompt": "Hi", "max_tokens": 50, "p": 0.8, "k": 3},
        "Hi",
        {"max_tokens": 50, "top_p": 0.8, "top_k": 3},
    ),
    "cohere command r": (
        {
            "message": "And now?",
            "preamble": "Be short.",
            "chat_history": [{"role": "USER", "message": "Hi"}, {"role": "CHATBOT", "message": "Hello"}],
            "temperature": 0.3,
        },
        [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "Hi"},
            {"role": "chatbot", "content": "Hello"},
            {"role": "user", "content": "And now?"},
        ],
        {"temperature": 0.3},
    ),
    "cohere embed": (
        {"texts": ["search me", "me too"], "input_type": "search_document", "embedding_types": ["int8"]},
        ["search me", "me too"],
        {"input_type": "search_document"},
    ),
    "rerank": (
        {"query": "capital", "documents": ["Seoul", "Busan"], "top_n": 1, "api_version": 2},
        {"query": "capital", "documents": ["Seoul", "Busan"]},
        {},
    ),
    "stability": (
        {"prompt": "A house", "mode": "text-to-image", "aspect_ratio": "1:1", "seed": 7},
        "A house",
        {"seed": 7},
    ),
    "stable diffusion xl": (
        {"text_prompts": [{"text": "A house", "weight": 1}], "cfg_scale": 10, "seed": 0},
        [{"text": "A house", "weight": 1}],
        {"seed": 0},
    ),
    "apply guardrail": (
        {"source": "INPUT", "content": [{"text": {"text": "May I invest?"}}], "outputScope": "FULL"},
        [{"text": {"text": "May I invest?"}}],
        {},
    ),
    "nova sonic": (
        [
            {"event": {"textInput": {"promptName": "p", "content": "Be short."}}},
            {"event": {"audioInput": {"promptName": "p", "content": PNG}}},
        ],
        [{"event": {"textInput": {"promptName": "p", "content": "Be short."}}}],
        {},
    ),
    "absent": (None, None, {}),
}
"""Request body, what was asked, and the parameters."""

ANSWERS: dict[str, tuple[Any, Any, dict[str, Any], str | None]] = {
    "claude messages": (
        {
            "id": "msg_bdrk_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": [
                {"type": "thinking", "thinking": "Let me see.", "signature": "EqoB" + "CkgIBB" * 20},
                {"type": "text", "text": "I look it up."},
                {"type": "tool_use", "id": "toolu_bdrk_1", "name": "search", "input": {"q": "capital"}},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 12, "output_tokens": 5},
        },
        [
            {"type": "thinking", "thinking": "Let me see."},
            {"type": "text", "text": "I look it up."},
            {"type": "tool_use", "id": "toolu_bdrk_1", "name": "search", "input": {"q": "capital"}},
        ],
        {"input_tokens": 12, "output_tokens": 5},
        "tool_use",
    ),
    "claude text completions": (
        {"completion": " Hello", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"},
        " Hello",
        {},
        "stop_sequence",
    ),
    "converse with a tool": (
        {
            "output": {
                "message": {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "Look up.", "signature": "c2ln"}}},
                        {"toolUse": {"toolUseId": "t-1", "name": "search", "input": {"q": "capital"}}},
                    ],
                }
            },
            "stopReason": "tool_use",
            "usage": {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17},
            "metrics": {"latencyMs": 900},
        },
        [
            {"reasoningContent": {"reasoningText": {"text": "Look up."}}},
            {"toolUse": {"toolUseId": "t-1", "name": "search", "input": {"q": "capital"}}},
        ],
        {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17},
        "tool_use",
    ),
    "nova canvas, titan image": (
        {"images": [PNG, JPEG]},
        ["[image/png, 608 bytes, left out]", "[image/jpeg, 453 bytes, left out]"],
        {},
        None,
    ),
    "stable diffusion xl": (
        {"result": "success", "artifacts": [{"seed": 1, "base64": PNG, "finishReason": "SUCCESS"}]},
        [{"seed": 1, "base64": "[image/png, 608 bytes, left out]", "finishReason": "SUCCESS"}],
        {},
        None,
    ),
    "titan text": (
        {
            "inputTextTokenCount": 12,
            "results": [{"tokenCount": 5, "outputText": "Hello", "completionReason": "FINISH"}],
        },
        "Hello",
        {"inputTextTokenCount": 12, "outputTokenCount": 5},
        "FINISH",
    ),
    "titan embeddings v1": (
        {"embedding": [0.1] * 1536, "inputTextTokenCount": 3},
        None,
        {"inputTextTokenCount": 3},
        None,
    ),
    "nova embeddings": (
        {"embeddings": [{"embeddingType": "TEXT", "embedding": [0.1] * 1024}]},
        None,
        {},
        None,
    ),
    "llama": (
        {"generation": "Hello.", "prompt_token_count": 11, "generation_token_count": 3, "stop_reason": "stop"},
        "Hello.",
        {"prompt_token_count": 11, "generation_token_count": 3},
        "stop",
    ),
    "mistral text": ({"outputs": [{"text": "Hello", "stop_reason": "stop"}]}, "Hello", {}, "stop"),
    "mistral chat with a tool": (
        {
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": "",
                        "tool_calls": [{"id": "c-1", "function": {"name": "search", "arguments": '{"q": 1}'}}],
                    },
                    "stop_reason": "tool_calls",
                }
            ]
        },
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c-1", "function": {"name": "search", "arguments": '{"q": 1}'}}],
        },
        {},
        "tool_calls",
    ),
    "deepseek r1": ({"choices": [{"text": "Hello", "stop_reason": "stop"}]}, "Hello", {}, "stop"),
    "gpt-oss, qwen, writer, jamba": (
        chat("openai.gpt-oss-20b-1:0", {"role": "assistant", "content": "Hello"}),
        {"role": "assistant", "content": "Hello"},
        {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
        "stop",
    ),
    "cohere command": (
        {"generations": [{"finish_reason": "COMPLETE", "id": "g", "text": "Hello"}], "id": "c", "prompt": "Hi"},
        "Hello",
        {},
        "COMPLETE",
    ),
    "cohere command r": (
        {
            "response_id": "r",
            "text": "I look it up.",
            "generation_id": "g",
            "chat_history": [{"role": "USER", "message": "Hi"}],
            "finish_reason": "COMPLETE",
            "tool_calls": [{"name": "search", "parameters": {"q": "capital"}}],
            "meta": {"billed_units": {"input_tokens": 12, "output_tokens": 5}},
        },
        {
            "role": "assistant",
            "content": "I look it up.",
            "tool_calls": [{"name": "search", "parameters": {"q": "capital"}}],
        },
        {"input_tokens": 12, "output_tokens": 5},
        "COMPLETE",
    ),
    "cohere embed": (
        {"embeddings": {"int8": [[1] * 1024]}, "texts": ["search me"], "response_type": "embeddings_by_type"},
        None,
        {},
        None,
    ),
    "rerank": (
        {"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]},
        [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
        {},
        None,
    ),
    "ai21 jurassic": (
        {"id": 1, "completions": [{"data": {"text": "Hello"}, "finishReason": {"reason": "endoftext"}}]},
        "Hello",
        {},
        "endoftext",
    ),
    "twelvelabs pegasus": ({"message": "A cat.", "finishReason": "stop"}, "A cat.", {}, "stop"),
    "apply guardrail": (
        {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": "No advice."}], "assessments": [ASSESSMENT]},
        "No advice.",
        {},
        None,
    ),
    "absent": (None, None, {}, None),
}
"""Response body, what was answered, the counts, and why it ended."""

STREAMS: dict[str, tuple[list[Any], Any, dict[str, Any], str | None]] = {
    "claude": (
        [
            {
                "type": "message_start",
                "message": {
                    "id": "msg_bdrk_1",
                    "model": "claude-sonnet-4-5-20250929",
                    "usage": {
                        "input_tokens": 12,
                        "cache_creation_input_tokens": 30,
                        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
                        "output_tokens": 1,
                    },
                },
            },
            {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
            delta(0, type="thinking_delta", thinking="Let me "),
            delta(0, type="thinking_delta", thinking="see."),
            delta(0, type="signature_delta", signature="EqoBCkgIBB"),
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
            delta(1, type="text_delta", text="I look "),
            {"type": "ping"},
            delta(1, type="text_delta", text="it up."),
            {
                "type": "content_block_start",
                "index": 2,
                "content_block": {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}},
            },
            delta(2, type="input_json_delta", partial_json=""),
            delta(2, type="input_json_delta", partial_json='{"q": "cap'),
            delta(2, type="input_json_delta", partial_json='ital"}'),
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
            {"type": "message_stop", "amazon-bedrock-invocationMetrics": METRICS},
        ],
        [
            {"type": "thinking", "thinking": "Let me see."},
            {"type": "text", "text": "I look it up."},
            {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {"q": "capital"}},
        ],
        {
            "input_tokens": 12,
            "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            "output_tokens": 5,
            "inputTokenCount": 12,
            "outputTokenCount": 5,
        },
        "tool_use",
    ),
    "nova": (
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "I look "}, "contentBlockIndex": 0}},
            {"contentBlockDelta": {"delta": {"text": "it up."}, "contentBlockIndex": 0}},
            {"contentBlockStop": {"contentBlockIndex": 0}},
            {
                "contentBlockStart": {
                    "start": {"toolUse": {"toolUseId": "t-1", "name": "search"}},
                    "contentBlockIndex": 1,
                }
            },
            {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"q":1}'}}, "contentBlockIndex": 1}},
            {"messageStop": {"stopReason": "tool_use"}},
            {
                "metadata": {
                    "usage": {"inputTokens": 12, "outputTokens": 5, "cacheReadInputTokenCount": 0},
                    "metrics": {"latencyMs": 900},
                },
                "amazon-bedrock-invocationMetrics": METRICS,
            },
        ],
        [
            {"type": "text", "text": "I look it up."},
            {"type": "tool_use", "id": "t-1", "name": "search", "input": {"q": 1}},
        ],
        {
            "inputTokens": 12,
            "outputTokens": 5,
            "cacheReadInputTokenCount": 0,
            "inputTokenCount": 12,
            "outputTokenCount": 5,
        },
        "tool_use",
    ),
    "llama": (
        [
            {"generation": "Hel", "prompt_token_count": 11, "generation_token_count": 1, "stop_reason": None},
            {
                "generation": "lo",
                "prompt_token_count": None,
                "generation_token_count": 2,
                "stop_reason": "stop",
                "amazon-bedrock-invocationMetrics": METRICS,
            },
        ],
        "Hello",
        {"prompt_token_count": 11, "generation_token_count": 2, "inputTokenCount": 12, "outputTokenCount": 5},
        "stop",
    ),
    "titan": (
        [
            {"index": 0, "inputTextTokenCount": 12, "outputText": "Hel", "totalOutputTextTokenCount": None},
            {"index": 0, "outputText": "lo", "totalOutputTextTokenCount": 5, "completionReason": "FINISH"},
        ],
        "Hello",
        {"inputTextTokenCount": 12, "outputTokenCount": 5},
        "FINISH",
    ),
    "mistral text": (
        [
            {"outputs": [{"text": "Hel", "stop_reason": None}]},
            {"outputs": [{"text": "lo", "stop_reason": "stop"}]},
        ],
        "Hello",
        {},
        "stop",
    ),
    "mistral chat": (
        [
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hel"}, "stop_reason": None}]},
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "lo"}, "stop_reason": "stop"}]},
        ],
        "Hello",
        {},
        "stop",
    ),
    "deepseek r1": (
        [{"choices": [{"text": "Hel", "stop_reason": None}]}, {"choices": [{"text": "lo", "stop_reason": "stop"}]}],
        "Hello",
        {},
        "stop",
    ),
    "gpt-oss, qwen, writer, jamba": (
        [
            piece(role="assistant", content=""),
            piece(reasoning="Let me see."),
            piece(content="I look it up."),
            piece(tool_calls=[{"index": 0, "id": "c-1", "function": {"name": "search", "arguments": ""}}]),
            piece(tool_calls=[{"index": 0, "function": {"arguments": '{"q":'}}]),
            piece(tool_calls=[{"index": 0, "function": {"arguments": " 1}"}}], finish_reason="tool_calls"),
            {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}},
        ],
        [
            {"type": "thinking", "thinking": "Let me see."},
            {"type": "text", "text": "I look it up."},
            {"type": "tool_use", "id": "c-1", "name": "search", "input": {"q": 1}},
        ],
        {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
        "tool_calls",
    ),
    "cohere command r": (
        [
            {"is_finished": False, "event_type": "stream-start", "generation_id": "g"},
            {"is_finished": False, "event_type": "text-generation", "text": "Hel"},
            {"is_finished": False, "event_type": "text-generation", "text": "lo"},
            {
                "is_finished": True,
                "event_type": "stream-end",
                "finish_reason": "COMPLETE",
                "response": {"text": "Hello", "meta": {"billed_units": {"input_tokens": 12, "output_tokens": 5}}},
            },
        ],
        "Hello",
        {"input_tokens": 12, "output_tokens": 5},
        "COMPLETE",
    ),
    "nova sonic": (
        [
            {"event": {"textOutput": {"contentId": "a", "role": "USER", "content": "capital?"}}},
            {"event": {"textOutput": {"contentId": "b", "role": "ASSISTANT", "content": "Seoul."}}},
            {"event": {"audioOutput": {"contentId": "c", "content": PNG}}},
            {
                "event": {
                    "usageEvent": {
                        "totalInputTokens": 40,
                        "totalOutputTokens": 30,
                        "totalTokens": 70,
                        "details": {
                            "total": {
                                "input": {"speechTokens": 25, "textTokens": 15},
                                "output": {"speechTokens": 20, "textTokens": 10},
                            }
                        },
                    }
                }
            },
        ],
        "Seoul.",
        {"inputTokens": 40, "outputTokens": 30, "totalTokens": 70, "audioInputTokens": 25, "audioOutputTokens": 20},
        None,
    ),
}
"""Chunks, the answer joined, the counts, and why it ended."""
