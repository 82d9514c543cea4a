"""One log document for each shape of LLM call, as its producer writes it; ids are invented."""

from typing import Any

from logrouter.model import Origin, Record
from logrouter.policy.load import default_policy

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/chat/llm", "ecs/chat/0f1e2d3c")
AT_MS = 1_788_000_000_000  # 2026-08-29T10:40:00Z
RULES = default_policy().section("llm")


def record(document: dict[str, Any] | None = None, **facts: Any) -> Record:
    """Return a parsed record around a document, with the facts that `parse` would have lifted out."""
    known: dict[str, Any] = {"origin": ORIGIN, "event_id": "38500000000000000000000000000000000000000000000000000001"}
    return Record(**{**known, "timestamp_ms": AT_MS, "message": "", "document": document, **facts})


def bedrock(operation: str, model: str, asked: dict[str, Any], answered: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a ModelInvocationLog record."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": "2026-08-29T10:39:58Z",
        "accountId": "123456789012",
        "region": "us-east-1",
        "requestId": "7a1f0e52-0000-4000-8000-0123456789ab",
        "operation": operation,
        "modelId": model,
        "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/chat/session-7"},
        "input": {"inputContentType": "application/json", **asked},
        "output": {"outputContentType": "application/json", **answered},
        **more,
    }


SAMPLES: dict[str, dict[str, Any]] = {
    "canonical": {
        "timestamp": "2026-08-29T10:40:00.000Z",
        "level": "info",
        "type": "llm",
        "serviceId": "chat",
        "requestId": "req-1",
        "userId": "user-7",
        "sessionId": "session-3",
        "model": "gpt-4o",
        "prompt": "대한민국의 수도는?",
        "response": "서울입니다.",
        "prompt_tokens": 12,
        "completion_tokens": 5,
        "total_cost": 0.00008,
        "latency_ms": 420,
    },
    "canonical_camel_strings": {
        "event": "llm.call",
        "llm": {
            "modelId": "gpt-4o-mini",
            "usage": {"promptTokens": "1,200", "completionTokens": "80"},
            "latency": "1.5s",
        },
    },
    "canonical_failed": {
        "type": "llm",
        "model": "gpt-4o",
        "prompt": "a",
        "error": {"type": "RateLimitError", "message": "429 slow down"},
        "latency_ms": 90,
    },
    "bedrock_converse": bedrock(
        "Converse",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        {
            "inputBodyJson": {
                "system": [{"text": "Be short."}],
                "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
                "inferenceConfig": {"maxTokens": 200, "temperature": 0.2},
            },
            "inputTokenCount": 20,
            "cacheReadInputTokenCount": 1000,
            "cacheWriteInputTokenCount": 50,
        },
        {
            "outputBodyJson": {
                "output": {"message": {"role": "assistant", "content": [{"text": "Hi."}]}},
                "stopReason": "end_turn",
                "metrics": {"latencyMs": 812},
                "usage": {
                    "inputTokens": 20,
                    "outputTokens": 7,
                    "totalTokens": 1077,
                    "cacheReadInputTokens": 1000,
                    "cacheWriteInputTokens": 50,
                },
            },
            "outputTokenCount": 7,
        },
        requestMetadata={"userId": "user-7", "sessionId": "session-3", "requestId": "req-1"},
    ),
    "bedrock_converse_stream_nova": bedrock(
        "ConverseStream",
        "apac.amazon.nova-lite-v1:0",
        {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}, "inputTokenCount": 4},
        {
            "outputBodyJson": {
                "output": {"message": {"role": "assistant", "content": [{"text": "Hello!"}]}},
                "stopReason": "end_turn",
                "metrics": {"latencyMs": 300},
                "usage": {"inputTokens": 4, "outputTokens": 3, "totalTokens": 7},
            },
            "outputTokenCount": 3,
        },
        inferenceRegion="ap-northeast-1",
    ),
    "bedrock_invoke_llama": bedrock(
        "InvokeModel",
        "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-70b-instruct-v1:0",
        {"inputBodyJson": {"prompt": "Hi", "max_gen_len": 10, "temperature": 0.5}, "inputTokenCount": 11},
        {
            "outputBodyJson": {
                "generation": "Hello.",
                "prompt_token_count": 11,
                "generation_token_count": 3,
                "stop_reason": "stop",
            },
            "outputTokenCount": 3,
        },
    ),
    "bedrock_invoke_titan_embedding": bedrock(
        "InvokeModel",
        "amazon.titan-embed-text-v2:0",
        {"inputBodyJson": {"inputText": "search me"}, "inputTokenCount": 4},
        {"outputBodyJson": {"embedding": [0.1, 0.2], "inputTextTokenCount": 4}},
    ),
    "bedrock_invoke_stream_claude": bedrock(
        "InvokeModelWithResponseStream",
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        {
            "inputBodyJson": {
                "anthropic_version": "bedrock-2023-05-31",
                "max_tokens": 100,
                "messages": [{"role": "user", "content": "Hi"}],
            },
            "inputTokenCount": 9,
        },
        {
            "outputBodyJson": [
                {
                    "type": "message_start",
                    "message": {
                        "id": "msg_bdrk_1",
                        "usage": {
                            "input_tokens": 9,
                            "cache_creation_input_tokens": 30,
                            "cache_read_input_tokens": 0,
                            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
                            "output_tokens": 1,
                        },
                    },
                },
                {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}},
                {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "lo"}},
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 6}},
                {
                    "type": "message_stop",
                    "amazon-bedrock-invocationMetrics": {
                        "inputTokenCount": 9,
                        "outputTokenCount": 6,
                        "invocationLatency": 700,
                        "firstByteLatency": 250,
                        "cacheReadInputTokenCount": 0,
                        "cacheWriteInputTokenCount": 30,
                    },
                },
            ],
            "outputTokenCount": 6,
        },
    ),
    "bedrock_bodies_absent": bedrock(
        "Converse",
        "mistral.mistral-large-2402-v1:0",
        {"inputBodyS3Path": "s3://large/in.json.gz", "inputTokenCount": 40_000},
        {"outputBodyS3Path": "s3://large/out.json.gz", "outputTokenCount": 900},
    ),
    "bedrock_failed": bedrock(
        "Converse",
        "deepseek.r1-v1:0",
        {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}},
        {},
        errorCode="ThrottlingException",
    ),
    "openai_chat": {
        "msg": "openai answered",
        "requestId": "req-2",
        "durationMs": 640,
        "request": {"messages": [{"role": "user", "content": "Hi"}]},
        "response": {
            "id": "chatcmpl-AbC123",
            "object": "chat.completion",
            "created": 1_788_000_000,
            "model": "gpt-5-2025-08-07",
            "service_tier": "default",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}},
            ],
            "usage": {
                "prompt_tokens": 1200,
                "completion_tokens": 300,
                "total_tokens": 1500,
                "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 256, "audio_tokens": 0},
            },
        },
    },
    "openai_responses": {
        "id": "resp_0a1b",
        "object": "response",
        "status": "completed",
        "model": "gpt-5",
        "input": "Hi",
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}],
        "usage": {
            "input_tokens": 36,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 87,
            "output_tokens_details": {"reasoning_tokens": 64},
            "total_tokens": 123,
        },
    },
    "openai_embedding": {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    },
    "anthropic_message": {
        "id": "msg_01XYZ",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 50,
            "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 2000,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
            "output_tokens": 40,
            "service_tier": "standard",
        },
    },
    "gemini": {
        "modelVersion": "gemini-2.5-flash",
        "responseId": "gem-1",
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}, "finishReason": "STOP"}],
        "usageMetadata": {
            "promptTokenCount": 100,
            "cachedContentTokenCount": 60,
            "candidatesTokenCount": 20,
            "thoughtsTokenCount": 35,
            "toolUsePromptTokenCount": 5,
            "totalTokenCount": 160,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 90}, {"modality": "AUDIO", "tokenCount": 10}],
        },
    },
    "litellm": {
        "id": "chatcmpl-lite-1",
        "trace_id": "6f1d2c3b-0000-4000-8000-000000000001",
        "litellm_call_id": "6f1d2c3b-0000-4000-8000-000000000002",
        "call_type": "acompletion",
        "custom_llm_provider": "openai",
        "model": "gpt-4o-2024-08-06",
        "messages": [{"role": "user", "content": "Hi"}],
        "response": {"id": "chatcmpl-lite-1", "choices": [{"message": {"role": "assistant", "content": "Hello"}}]},
        "prompt_tokens": 1100,
        "completion_tokens": 10,
        "total_tokens": 1110,
        "response_cost": 0.002725,
        "cost_breakdown": {"input_cost": 0.002625, "output_cost": 0.0001, "total_cost": 0.002725},
        "startTime": 1_788_000_000.125,
        "endTime": 1_788_000_001.5,
        "completionStartTime": 1_788_000_000.5,
        "response_time": 1.375,
        "status": "success",
        "end_user": "user-7",
        "request_tags": ["checkout"],
        "model_parameters": {"temperature": 0, "stream": False},
        "cache_hit": False,
        "metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 100}}},
    },
    "litellm_failed": {
        "litellm_call_id": "c-2",
        "call_type": "completion",
        "custom_llm_provider": "azure",
        "model": "gpt-4o",
        "status": "failure",
        "error_str": "context window exceeded",
        "response_cost": 0,
        "startTime": 1_788_000_000.0,
        "endTime": 1_788_000_000.2,
    },
    "otel_flat": {
        "name": "chat gpt-4o",
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanId": "00f067aa0ba902b7",
        "parentSpanId": "53995c3f42cd8ad8",
        "startTimeUnixNano": "1788000000000000000",
        "endTimeUnixNano": "1788000000900000000",
        "attributes": {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.response.id": "chatcmpl-otel-1",
            "gen_ai.request.temperature": 0.1,
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 50,
            "gen_ai.usage.cache_read.input_tokens": 40,
            "gen_ai.usage.reasoning.output_tokens": 20,
            "gen_ai.response.time_to_first_chunk": 0.25,
            "gen_ai.conversation.id": "session-3",
            "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]',
            "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]',
        },
        "status": {"code": 1},
    },
    "otel_old_names": {
        "attributes": {
            "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "Hi",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "Hello",
            "gen_ai.usage.prompt_tokens": 10,
            "gen_ai.usage.completion_tokens": 5,
            "llm.usage.total_tokens": 15,
        },
    },
    "otel_otlp_tool": {
        "name": "execute_tool search",
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanId": "00f067aa0ba902b8",
        "startTimeUnixNano": "1788000000000000000",
        "endTimeUnixNano": "1788000000050000000",
        "attributes": [
            {"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
            {"key": "gen_ai.tool.name", "value": {"stringValue": "search"}},
            {"key": "gen_ai.tool.call.id", "value": {"stringValue": "call_1"}},
        ],
        "status": {"code": 2, "message": "no such index"},
    },
    "otel_agent": {
        "name": "invoke_agent helper",
        "attributes": {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "helper",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 500,
            "gen_ai.usage.output_tokens": 70,
        },
    },
    "vercel": {
        "name": "ai.generateText.doGenerate",
        "attributes": {
            "ai.model.id": "gpt-4o",
            "ai.model.provider": "openai.chat",
            "ai.prompt.messages": '[{"role":"user","content":"Hi"}]',
            "ai.response.text": "Hello",
            "ai.usage.promptTokens": 9,
            "ai.usage.completionTokens": 2,
            "ai.response.id": "chatcmpl-vercel-1",
        },
    },
    "langchain": {
        "event": "llm_end",
        "model_name": "gpt-4o-mini",
        "usage_metadata": {
            "input_tokens": 30,
            "output_tokens": 12,
            "total_tokens": 42,
            "input_token_details": {"cache_read": 10, "audio": 0},
            "output_token_details": {"reasoning": 4},
        },
    },
    "langchain_run_tree": {
        "id": "01a1f971-081c-76ad-8de4-b77590e65fb5",
        "name": "answer-question",
        "run_type": "chain",
        "start_time": "2026-08-29T10:39:58.000Z",
        "end_time": "2026-08-29T10:39:59.500Z",
        "trace_id": "01a1f971-081c-76ad-8de4-b77590e65fb5",
        "inputs": {"input": "Hi"},
        "outputs": {"output": "Hello"},
        "child_runs": [],
    },
    "exchange_failed": {
        "requestId": "req-3",
        "request": {
            "model": "claude-haiku-4-5",
            "max_tokens": 256,
            "messages": [{"role": "user", "content": "Hi"}],
        },
        "response": {"type": "error", "error": {"type": "rate_limit_error", "message": "too many tokens"}},
    },
    "moderation": {
        "id": "modr-1",
        "model": "omni-moderation-latest",
        "results": [{"flagged": True, "categories": {"violence": True, "hate": False}, "category_scores": {}}],
    },
    "content_safety": {
        "service": "azure-content-safety",
        "response": {
            "categoriesAnalysis": [{"category": "Hate", "severity": 2}, {"category": "Violence", "severity": 0}]
        },
    },
    "jina_rerank": {
        "query": "capital",
        "response": {
            "model": "jina-reranker-v2-base-multilingual",
            "usage": {"total_tokens": 15},
            "results": [{"index": 0, "relevance_score": 0.93}],
        },
    },
    "vertex_embedding": {
        "model": "text-embedding-005",
        "predictions": [
            {"embeddings": {"values": [0.1], "statistics": {"token_count": 4, "truncated": False}}},
            {"embeddings": {"values": [0.2], "statistics": {"token_count": 5, "truncated": False}}},
        ],
    },
    "openai_batch": {
        "id": "batch_req_1",
        "custom_id": "row-7",
        "response": {
            "status_code": 200,
            "request_id": "req_9",
            "body": {
                "id": "chatcmpl-batch-1",
                "object": "chat.completion",
                "model": "gpt-4o-mini-2024-07-18",
                "choices": [
                    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}
                ],
                "usage": {"prompt_tokens": 22, "completion_tokens": 2, "total_tokens": 24},
            },
        },
        "error": None,
    },
    "anthropic_batch": {
        "custom_id": "row-8",
        "result": {
            "type": "succeeded",
            "message": {
                "id": "msg_batch_1",
                "type": "message",
                "role": "assistant",
                "model": "claude-sonnet-4-5-20250929",
                "content": [{"type": "text", "text": "Hello"}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 10, "output_tokens": 5, "service_tier": "batch"},
            },
        },
    },
    "openai_failed": {
        "id": "resp_f1",
        "object": "response",
        "status": "failed",
        "error": {"code": "server_error", "message": "The model failed to generate a response."},
        "model": "gpt-4.1-2025-04-14",
        "output": [],
        "usage": None,
    },
    "ai_sdk_result": {
        "level": 30,
        "msg": "onFinish",
        "finishReason": "stop",
        "text": "Hello there",
        "usage": {
            "inputTokens": 1000,
            "inputTokenDetails": {"noCacheTokens": 150, "cacheReadTokens": 800, "cacheWriteTokens": 50},
            "outputTokens": 100,
            "outputTokenDetails": {"textTokens": 60, "reasoningTokens": 40},
            "totalTokens": 1100,
        },
        "response": {"id": "msg_v6", "modelId": "claude-sonnet-4-5", "timestamp": "2026-08-29T10:40:00.000Z"},
    },
    "kong": {
        "started_at": 1_788_000_000_000,
        "client_ip": "10.0.0.9",
        "request": {"id": "9ec9264afbbbad5fe5c64877d92eeb04", "uri": "/v1/chat/completions", "method": "POST"},
        "response": {"status": 200, "size": 900},
        "latencies": {"request": 1300, "proxy": 1250, "kong": 50},
        "ai": {
            "proxy": {
                "meta": {
                    "request_model": "gpt-4o",
                    "response_model": "gpt-4o-2024-08-06",
                    "provider_name": "openai",
                    "request_mode": "oneshot",
                    "llm_latency": 1240,
                },
                "usage": {
                    "prompt_tokens": 25,
                    "completion_tokens": 7,
                    "total_tokens": 32,
                    "time_per_token": 177,
                    "time_to_first_token": 1239,
                    "cost": 0.0001325,
                },
                "payload": {"request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}},
            }
        },
    },
    "portkey": {
        "id": "415c8075-361a-2381-954d-42b04d469f2c",
        "trace_id": "558c9ca5-c1d0-8094-2530-770f5eca563f",
        "created_at": "2026-08-29T10:40:00.000Z",
        "is_success": True,
        "ai_org": "openai",
        "ai_model": "gpt-4o-mini",
        "req_units": 1000,
        "res_units": 200,
        "total_units": 1200,
        "cost": 0.027,
        "cost_currency": "USD",
        "response_time": 1450,
        "response_status_code": 200,
    },
    "litellm_spend_log": {
        "request_id": "chatcmpl-abc123",
        "call_type": "acompletion",
        "api_key": "hashed",
        "spend": 0.002,
        "total_tokens": 120,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "startTime": "2026-08-29T10:39:58.000Z",
        "endTime": "2026-08-29T10:39:59.500Z",
        "completionStartTime": "2026-08-29T10:39:58.400Z",
        "model": "gpt-4o",
        "custom_llm_provider": "openai",
        "cache_hit": "False",
        "request_tags": ["checkout"],
        "end_user": "user-7",
        "metadata": {},
    },
}
