"""What boto3 itself returns of the Bedrock runtime, logged as applications do, against a server that speaks for Bedrock."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from logrouter.stages.recognise import recognise
from tests.unit.bedrock_samples import ASSESSMENT, FOUND
from tests.unit.llm_samples import RULES, record

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
MISTRAL = "mistral.mistral-7b-instruct-v0:2"
COUNTS = {
    "x-amzn-bedrock-input-token-count": "12",
    "x-amzn-bedrock-output-token-count": "5",
    "x-amzn-bedrock-invocation-latency": "300",
}
ANSWERS = {
    "converse": (
        {
            "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
            "stopReason": "end_turn",
            "metrics": {"latencyMs": 500},
            "usage": {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17, "cacheReadInputTokens": 0},
            "serviceTier": {"type": "flex"},
        },
        {},
    ),
    "invoke": ({"outputs": [{"text": "Hi", "stop_reason": "stop"}]}, COUNTS),
    "apply": (
        {
            "usage": {
                "topicPolicyUnits": 1,
                "contentPolicyUnits": 1,
                "wordPolicyUnits": 0,
                "sensitiveInformationPolicyUnits": 0,
                "sensitiveInformationPolicyFreeUnits": 0,
                "contextualGroundingPolicyUnits": 0,
            },
            "action": "GUARDRAIL_INTERVENED",
            "outputs": [{"text": "No advice."}],
            "assessments": [ASSESSMENT],
        },
        {},
    ),
}


class Bedrock(BaseHTTPRequestHandler):
    """Answers by the last word of the path."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body, headers = ANSWERS[self.path.rsplit("/", 1)[1]]
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "x-amzn-RequestId": "r-1", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def client():
    """boto3's client of the runtime, led to this server."""
    server = HTTPServer(("127.0.0.1", 0), Bedrock)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    server.shutdown()
    server.server_close()


def told(line):
    """Return the call of a line as an application logs it."""
    (call,) = recognise(record(json.loads(json.dumps(line, default=str))), RULES).calls
    return call


def test_converse(client):
    """A response of converse, logged with the model beside it, is a call with its usage, latency, tier and id."""
    messages = [{"role": "user", "content": [{"text": "Hello"}]}]
    response = client.converse(modelId=MODEL, messages=messages)

    call = told({"msg": "answered", "modelId": MODEL, "messages": messages, "response": response})

    assert (call.model, call.provider, call.output, call.service_tier) == (MODEL, "aws.bedrock", "Hi", "flex")
    assert (call.usage, call.end_ms - call.start_ms) == ({"input": 12, "output": 5, "total": 17}, 500)
    assert call.input == messages


def test_invoke_model(client):
    """Bedrock counts in the headers what the body of a vendor does not."""
    response = client.invoke_model(modelId=MISTRAL, body=json.dumps({"prompt": "Hello"}))
    response["body"] = json.loads(response["body"].read())

    call = told({"msg": "answered", "modelId": MISTRAL, "response": response})

    assert (call.model, call.output, call.end_ms - call.start_ms) == (MISTRAL, "Hi", 300)
    assert call.usage == {"input": 12, "output": 5, "total": 17}


def test_invoke_model_whose_body_was_not_kept(client):
    """Without the body, whose stream says nothing when it is logged, the counts alone are a call."""
    response = client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": "Hello"}))

    call = told({"modelId": "amazon.titan-embed-text-v2:0", "response": response})

    assert (call.kind, call.usage["total"], call.output) == ("embedding", 17, None)


def test_apply_guardrail(client):
    """An assessment is a guardrail, by what it found."""
    response = client.apply_guardrail(
        guardrailIdentifier="gr-1", guardrailVersion="1", source="INPUT", content=[{"text": {"text": "May I invest?"}}]
    )

    call = told({"msg": "assessed", "response": response})

    assert (call.kind, call.output, call.usage) == ("guardrail", "No advice.", {})
    assert call.metadata["guardrail"]["found"] == FOUND


def test_the_end_of_a_converse_stream():
    """The last event of a stream holds what is counted."""
    event = {"usage": {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17}, "metrics": {"latencyMs": 500}}

    call = told({"msg": "streamed", "modelId": MODEL, "metadata": event})

    assert (call.model, call.usage["total"], call.end_ms - call.start_ms) == (MODEL, 17, 500)
