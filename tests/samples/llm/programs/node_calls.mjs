// Calls providers through their SDKs for Node, LangChain.js and the AI SDK, and writes what services log of them.
// `node_calls.mjs <kind> <folder of node_modules>`; the provider is played by `python provider_server.py`, whose address
// stands in PROVIDERS.

import { createRequire } from "node:module";
import { inspect } from "node:util";

const [kind, modules] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const load = async (name) => import(require.resolve(name));
const base = process.env.PROVIDERS;
const messages = [
  { role: "system", content: "Answer in one word." },
  { role: "user", content: "The capital of Korea?" },
];

const kinds = {
  async openai() {
    const { default: OpenAI } = await load("openai");
    const { default: pino } = await load("pino");
    const { default: winston } = await load("winston");
    const log = pino();
    const lines = winston.createLogger({
      format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
      transports: [new winston.transports.Console()],
    });
    const client = new OpenAI({ baseURL: `${base}/openai`, apiKey: "none", maxRetries: 0 });
    const answer = await client.chat.completions.create({ model: "gpt-4o", messages });
    console.log(JSON.stringify(answer));
    log.info({ reqId: "req-1", completion: answer }, "openai answered");
    log.info({ llm: { model: answer.model, usage: answer.usage, latencyMs: 812 } }, "llm call");
    lines.info("openai answered", { requestId: "req-1", response: answer, durationMs: 812 });
    lines.info("usage", { model: answer.model, promptTokens: answer.usage.prompt_tokens, completionTokens: answer.usage.completion_tokens });
    console.log("usage", inspect(answer.usage, { breakLength: Infinity }));
    const stream = await client.chat.completions.create({ model: "gpt-4o", messages, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) if (chunk.usage) log.info({ chunk }, "stream ended");
    const response = await client.responses.create({ model: "gpt-5", input: "The capital of Korea?" });
    log.info({ response }, "responses answered");
    try {
      await client.chat.completions.create({ model: "gpt-4o-fail", messages });
    } catch (err) {
      log.error({ err, model: "gpt-4o", type: "llm" }, "llm call failed");
      lines.error("llm call failed", { type: "llm", model: "gpt-4o", error: { name: err.constructor.name, message: err.message, status: err.status } });
    }
  },

  async anthropic() {
    const { default: Anthropic } = await load("@anthropic-ai/sdk");
    const { default: pino } = await load("pino");
    const log = pino();
    const client = new Anthropic({ baseURL: `${base}/anthropic`, apiKey: "none", maxRetries: 0 });
    const message = await client.messages.create({ model: "claude-sonnet-4-5", max_tokens: 100, messages: messages.slice(1) });
    log.info({ message }, "claude answered");
    log.info({ model: message.model, ...message.usage }, "claude usage");
    const streamed = await client.messages.stream({ model: "claude-sonnet-4-5", max_tokens: 100, messages: messages.slice(1) }).finalMessage();
    log.info({ result: streamed }, "streamed");
  },

  async langchain() {
    const { ChatOpenAI, OpenAIEmbeddings } = await load("@langchain/openai");
    const { BaseCallbackHandler } = await load("@langchain/core/callbacks/base");
    const { tool } = await load("@langchain/core/tools");
    const { default: pino } = await load("pino");
    const log = pino();
    class Logger extends BaseCallbackHandler {
      name = "logger";
      handleChatModelStart(llm, messages, runId, parentRunId) { log.info({ event: "handleChatModelStart", runId, parentRunId, messages }); }
      handleLLMEnd(output, runId, parentRunId) { log.info({ event: "handleLLMEnd", runId, parentRunId, output }); }
      handleLLMError(err, runId, parentRunId) { log.error({ event: "handleLLMError", runId, parentRunId, error: String(err) }); }
      handleToolStart(tool, input, runId, parentRunId, tags, metadata, name) { log.info({ event: "handleToolStart", runId, tool: name, input }); }
      handleToolEnd(output, runId, parentRunId) { log.info({ event: "handleToolEnd", runId, parentRunId, output: String(output?.content ?? output) }); }
    }
    const callbacks = [new Logger()];
    const options = { configuration: { baseURL: `${base}/openai` }, apiKey: "none", maxRetries: 0 };
    const model = new ChatOpenAI({ model: "gpt-4o", temperature: 0.2, ...options });
    const answer = await model.invoke(messages, { callbacks });
    console.log(JSON.stringify(answer));
    log.info({ usage_metadata: answer.usage_metadata, response_metadata: answer.response_metadata }, "answered");
    const weather = tool(async () => "sunny", { name: "weather", description: "Say the weather.", schema: { type: "object", properties: { city: { type: "string" } } } });
    await weather.invoke({ city: "Seoul" }, { callbacks });
    try {
      await new ChatOpenAI({ model: "gpt-4o-fail", ...options }).invoke(messages, { callbacks });
    } catch (error) {
      console.error(error.constructor.name);
    }
    for await (const _ of await model.stream(messages, { callbacks })) { /* the end is told by the callback */ }
    await new OpenAIEmbeddings({ model: "text-embedding-3-small", ...options }).embedQuery("hello");
  },

  async ai_sdk() {
    const { generateText, streamText, embed } = await load("ai");
    const { createOpenAI } = await load("@ai-sdk/openai");
    const { default: pino } = await load("pino");
    const log = pino();
    const openai = createOpenAI({ baseURL: `${base}/openai`, apiKey: "none" });
    const prompt = "The capital of Korea?";
    const { text, finishReason, usage, response } = await generateText({ model: openai.chat("gpt-4o"), prompt, maxRetries: 0 });
    log.info({ text, finishReason, usage, response: { id: response.id, modelId: response.modelId, timestamp: response.timestamp } }, "generated");
    log.info({ model: "gpt-4o", usage }, "usage");
    const streamed = streamText({
      model: openai.chat("gpt-4o"),
      prompt,
      maxRetries: 0,
      onFinish: ({ text, finishReason, usage, totalUsage, response }) =>
        log.info({ text, finishReason, usage, totalUsage, response: { id: response.id, modelId: response.modelId } }, "onFinish"),
    });
    for await (const _ of streamed.textStream) { /* read to the end */ }
    const embedded = await embed({ model: openai.textEmbeddingModel("text-embedding-3-small"), value: "hello", maxRetries: 0 });
    log.info({ model: "text-embedding-3-small", operation: "embedding", usage: embedded.usage }, "embedded");
  },
};

await kinds[kind]();
