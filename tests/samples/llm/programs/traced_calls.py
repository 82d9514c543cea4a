"""Call models through one instrumentation after the other and print its telemetry as an application would.

    python traced_calls.py <what> <pretty|line|otlp>

`model_server.py` answers, at the address in `MODELS`. Spans are printed by the SDK's console exporter, over several
lines or on one, or by the exporter of OTLP as JSON lines; log records the same way.
"""

import importlib.util
import os
import sys
import time

MODELS = os.environ.get("MODELS", "http://127.0.0.1:18490")
RESOURCE = {"service.name": "shop-assistant", "service.version": "1.4.0", "deployment.environment.name": "prod"}
QUESTION = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Capital of Korea?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def providers(form):
    """Return tracer and logger provider that print in one of the forms; batches are printed at the end."""
    from opentelemetry import trace
    from opentelemetry._logs import set_logger_provider
    from opentelemetry.sdk._logs import LoggerProvider, export
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

    resource = Resource(RESOURCE)
    tracing, logging = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    if form == "otlp":
        from opentelemetry.exporter.otlp.json.file import FileSpanExporter
        from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter

        tracing.add_span_processor(BatchSpanProcessor(FileSpanExporter(stream=sys.stdout)))
        logging.add_log_record_processor(export.BatchLogRecordProcessor(FileLogExporter(stream=sys.stdout)))
    else:
        indent = 4 if form == "pretty" else None
        spans = ConsoleSpanExporter(formatter=lambda span: span.to_json(indent=indent) + "\n")
        console = getattr(export, "ConsoleLogRecordExporter", None) or export.ConsoleLogExporter
        records = console(formatter=lambda record: record.to_json(indent=indent) + "\n")
        tracing.add_span_processor(SimpleSpanProcessor(spans))
        logging.add_log_record_processor(export.BatchLogRecordProcessor(records))
    trace.set_tracer_provider(tracing)
    set_logger_provider(logging)
    if importlib.util.find_spec("opentelemetry.sdk._events") is not None:  # versions before 1.37
        from opentelemetry._events import set_event_logger_provider
        from opentelemetry.sdk._events import EventLoggerProvider

        set_event_logger_provider(EventLoggerProvider(logger_provider=logging))
    return tracing, logging


def openai_client():
    """Return OpenAI's client for the local server, without retries."""
    from openai import OpenAI

    return OpenAI(base_url=f"{MODELS}/v1", api_key="none", max_retries=0)


def anthropic_client():
    """Return Anthropic's client for the local server, without retries."""
    from anthropic import Anthropic

    return Anthropic(base_url=MODELS, api_key="none", max_retries=0)


def bedrock_client():
    """Return the client of Amazon Bedrock for the local server."""
    import boto3

    keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    return boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=MODELS, **keys)


def use_openai():
    """Chat, a stream, a tool call and its answer, the Responses API, an embedding, a refused call."""
    client = openai_client()
    client.chat.completions.create(model="gpt-5", messages=QUESTION, temperature=0.2, max_tokens=400, seed=7)
    stream = client.chat.completions.create(
        model="gpt-5", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    list(stream)
    asked = [{"role": "user", "content": "Weather in Seoul?"}]
    first = client.chat.completions.create(model="gpt-5", messages=asked, tools=[TOOL]).choices[0].message
    call = first.tool_calls[0]
    answer = {"role": "tool", "tool_call_id": call.id, "content": '{"celsius": 9}'}
    client.chat.completions.create(
        model="gpt-5", messages=[*asked, first.model_dump(exclude_none=True), answer], tools=[TOOL]
    )
    if hasattr(client, "responses"):
        client.responses.create(model="gpt-5", input="Capital of Korea?", instructions="Be short.")
    client.embeddings.create(model="text-embedding-3-small", input="search me")
    refused(lambda: client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "limit"}]))


def use_anthropic():
    """A message, a stream, a refused call."""
    client, question = anthropic_client(), QUESTION[1:]
    model = "claude-sonnet-4-5-20250929"
    client.messages.create(model=model, max_tokens=400, system="Be short.", messages=question)
    list(client.messages.create(model=model, max_tokens=400, messages=question, stream=True))
    wrong = [{"role": "user", "content": "wrong"}]
    refused(lambda: client.messages.create(model=model, max_tokens=400, messages=wrong))


def use_bedrock():
    """One call of Converse."""
    messages = [{"role": "user", "content": [{"text": "Capital of Korea?"}]}]
    settings = {"maxTokens": 200, "temperature": 0.2}
    model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    bedrock_client().converse(
        modelId=model, messages=messages, system=[{"text": "Be short."}], inferenceConfig=settings
    )


def use_gemini():
    """One call of Gemini."""
    from google import genai

    client = genai.Client(api_key="none", http_options={"base_url": MODELS})
    client.models.generate_content(
        model="gemini-2.5-flash",
        contents="Capital of Korea?",
        config={"system_instruction": "Be short.", "temperature": 0.2},
    )


def use_langchain():
    """A chain of prompt and model, a retriever, an agent with a tool."""
    from langchain_core.documents import Document
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI
    from langgraph.prebuilt import create_react_agent

    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [Document(page_content="Seoul is the capital.", metadata={"page": 7})]

    @tool
    def get_weather(city: str) -> str:
        """Weather of a city."""
        return f"9 degrees in {city}"

    model = ChatOpenAI(model="gpt-5", base_url=f"{MODELS}/v1", api_key="none", max_retries=0, temperature=0.2)
    prompt = ChatPromptTemplate.from_messages([("system", "Be short."), ("user", "Capital of {country}?")])
    (prompt | model).invoke({"country": "Korea"}, config={"metadata": {"session_id": "session-3", "user_id": "user-7"}})
    Shelf().invoke("capital of Korea")
    agent = create_react_agent(model, [get_weather], name="weather_agent")
    agent.invoke({"messages": [("user", "Weather in Seoul?")]})


def use_llama_index():
    """A call of a model, and a query over one document with its embedding."""
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.embeddings.openai import OpenAIEmbedding
    from llama_index.llms.openai import OpenAI as LlamaOpenAI

    known = {"api_base": f"{MODELS}/v1", "api_key": "none", "max_retries": 0}
    Settings.llm = LlamaOpenAI(model="gpt-4o", **known)
    Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small", **known)
    index = VectorStoreIndex.from_documents([Document(text="Seoul is the capital of Korea.")])
    index.as_query_engine(similarity_top_k=1).query("Capital of Korea?")


def use_pydantic_ai():
    """An agent of Pydantic AI with a tool."""
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIChatModel("gpt-5", provider=OpenAIProvider(base_url=f"{MODELS}/v1", api_key="none"))
    agent = Agent(model, name="weather_agent", system_prompt="Be short.")

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Weather of a city."""
        return f"9 degrees in {city}"

    agent.run_sync("Weather in Seoul?")


def use_strands():
    """An agent of Strands with a tool."""
    from strands import Agent, tool
    from strands.models.openai import OpenAIModel

    @tool
    def get_weather(city: str) -> str:
        """Weather of a city."""
        return f"9 degrees in {city}"

    model = OpenAIModel(client_args={"base_url": f"{MODELS}/v1", "api_key": "none"}, model_id="gpt-5")
    known = {"session.id": "session-3", "user.id": "user-7"}
    Agent(model=model, tools=[get_weather], name="weather_agent", callback_handler=None, trace_attributes=known)(
        "Weather in Seoul?"
    )


def refused(call):
    """Make a call that fails."""
    try:
        call()
    except Exception:  # noqa: BLE001 - the span tells of it
        return


def opentelemetry(what):
    """Use OpenTelemetry's own instrumentations."""
    if what == "openai_v2":
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    elif what == "openai":
        from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    elif what == "anthropic":
        from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor as OpenAIInstrumentor
    elif what == "gemini":
        from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor as OpenAIInstrumentor
    elif what == "langchain":
        from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor as OpenAIInstrumentor
    else:
        from opentelemetry.instrumentation.botocore import BotocoreInstrumentor as OpenAIInstrumentor
    OpenAIInstrumentor().instrument()
    uses = {"openai_v2": use_openai, "openai": use_openai, "anthropic": use_anthropic, "gemini": use_gemini}
    {**uses, "bedrock": use_bedrock, "langchain": use_langchain}[what]()


def openllmetry(what):
    """Use OpenLLMetry, in a workflow with a task and a tool of its own."""
    from opentelemetry import trace
    from traceloop.sdk import Traceloop
    from traceloop.sdk.decorators import tool, workflow

    processor = trace.get_tracer_provider()._active_span_processor._span_processors[0]
    trace.get_tracer_provider()._active_span_processor._span_processors = ()
    Traceloop.init(
        app_name="shop-assistant", processor=processor, resource_attributes=RESOURCE, telemetry_enabled=False
    )
    Traceloop.set_association_properties({"user_id": "user-7", "session_id": "session-3"})
    uses = {"openai": use_openai, "anthropic": use_anthropic, "bedrock": use_bedrock, "langchain": use_langchain}
    use = {**uses, "llama_index": use_llama_index}[what]

    @tool(name="get_weather")
    def weather(city):
        return {"celsius": 9, "city": city}

    @workflow(name="answer_question")
    def answer(question):
        weather("Seoul")
        use()
        return "Seoul."

    answer("Capital of Korea?")


def openllmetry_alone(what):
    """Use one instrumentation of OpenLLMetry without its SDK."""
    if what == "openai":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor as Instrumentor
    else:
        from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor as Instrumentor
    Instrumentor().instrument()
    {"openai": use_openai, "anthropic": use_anthropic}[what]()


def openinference(what):
    """Use OpenInference, with session, user, metadata, tags and a prompt template around the calls."""
    from openinference.instrumentation import using_attributes

    names = {
        "openai": "OpenAI",
        "anthropic": "Anthropic",
        "langchain": "LangChain",
        "llama_index": "LlamaIndex",
        "bedrock": "Bedrock",
    }
    module = importlib.import_module(f"openinference.instrumentation.{what}")
    getattr(module, f"{names[what]}Instrumentor")().instrument()
    uses = {"openai": use_openai, "anthropic": use_anthropic, "bedrock": use_bedrock, "langchain": use_langchain}
    template = {
        "prompt_template": "Capital of {country}?",
        "prompt_template_version": "v2",
        "prompt_template_variables": {"country": "Korea"},
    }
    known = {"session_id": "session-3", "user_id": "user-7", "metadata": {"plan": "pro"}, "tags": ["checkout"]}
    with using_attributes(**known, **template):
        {**uses, "llama_index": use_llama_index}[what]()


def logfire(what):
    """Use Logfire, which sends nothing to its own service here."""
    import logfire
    from opentelemetry import trace

    processor = trace.get_tracer_provider()._active_span_processor._span_processors[0]
    logfire.configure(
        send_to_logfire=False,
        console=False,
        additional_span_processors=[processor],
        service_name="shop-assistant",
        service_version="1.4.0",
        environment="prod",
        inspect_arguments=False,
    )
    {
        "openai": logfire.instrument_openai,
        "anthropic": logfire.instrument_anthropic,
        "pydantic_ai": logfire.instrument_pydantic_ai,
    }[what]()
    {"openai": use_openai, "anthropic": use_anthropic, "pydantic_ai": use_pydantic_ai}[what]()
    logfire.force_flush()


def langfuse(what):
    """Use the langfuse SDK, whose spans go to the printing exporter instead of Langfuse."""
    from langfuse import Langfuse, propagate_attributes
    from opentelemetry import trace

    printing = trace.get_tracer_provider()
    client = Langfuse(
        public_key="pk",
        secret_key="none",
        base_url=MODELS,
        tracer_provider=printing,
        environment="prod",
        release="r-17",
    )
    with (
        client.start_as_current_observation(name="answer-question", as_type="chain", input="Capital of Korea?"),
        propagate_attributes(user_id="user-7", session_id="session-3", tags=["checkout"], trace_name="answer"),
    ):
        with client.start_as_current_observation(
            name="ask",
            as_type="generation",
            model="gpt-5-2025-08-07",
            input=QUESTION,
            model_parameters={"temperature": 0.2},
        ) as asked:
            usage = {
                "input": 176,
                "input_cached_tokens": 1024,
                "output": 44,
                "output_reasoning_tokens": 256,
                "total": 1500,
            }
            asked.update(
                output="Seoul.",
                usage_details=usage,
                cost_details={"input": 0.000348, "output": 0.003, "total": 0.003348},
            )
        with client.start_as_current_observation(name="check", as_type="guardrail", input="Seoul.") as checked:
            checked.update(output={"allowed": True}, level="ERROR", status_message="no verdict")


def openlit(what):
    """Use OpenLIT."""
    import openlit

    openlit.init(application_name="shop-assistant", environment="prod", disable_metrics=True)
    {"openai": use_openai, "anthropic": use_anthropic}[what]()


def litellm(what):
    """Use LiteLLM's own callback for OpenTelemetry."""
    import litellm
    from litellm.integrations.opentelemetry import OpenTelemetry

    litellm.callbacks = [OpenTelemetry()]
    known = {"api_base": f"{MODELS}/v1", "api_key": "none", "num_retries": 0}
    litellm.completion(
        model="openai/gpt-5", messages=QUESTION, metadata={"session_id": "session-3"}, user="user-7", **known
    )
    refused(lambda: litellm.completion(model="openai/gpt-5", messages=[{"role": "user", "content": "limit"}], **known))
    time.sleep(2)  # its callbacks run on a thread of their own


def langsmith(what):
    """Use LangSmith's export to OpenTelemetry, with one chain of LangChain."""
    os.environ |= {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_OTEL_ENABLED": "true",
        "LANGSMITH_OTEL_ONLY": "true",
        "LANGSMITH_API_KEY": "none",
    }
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="gpt-5", base_url=f"{MODELS}/v1", api_key="none", max_retries=0, temperature=0.2)
    prompt = ChatPromptTemplate.from_messages([("system", "Be short."), ("user", "Capital of {country}?")])
    (prompt | model).invoke(
        {"country": "Korea"},
        config={"metadata": {"session_id": "session-3", "user_id": "user-7"}, "tags": ["checkout"]},
    )
    time.sleep(2)  # its callbacks run on a thread of their own


def strands(what):
    """Use the telemetry of Strands."""
    use_strands()


def main():
    """Run one instrumentation in one form."""
    family, _, what = sys.argv[1].partition("-")
    tracing, logging = providers(sys.argv[2])
    {
        "opentelemetry": opentelemetry,
        "openllmetry": openllmetry,
        "openllmetry_alone": openllmetry_alone,
        "openinference": openinference,
        "logfire": logfire,
        "langfuse": langfuse,
        "strands": strands,
        "openlit": openlit,
        "litellm": litellm,
        "langsmith": langsmith,
    }[family](what)
    tracing.shutdown()
    logging.shutdown()


if __name__ == "__main__":
    main()
