// Call models through the Vercel AI SDK with telemetry on, and print the spans as an application would.
//
//     node traced_calls.mjs <console|otlp>
//
// model_server.py answers, at the address in MODELS; the packages are found from the working folder.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const models = process.env.MODELS ?? 'http://127.0.0.1:18490';

const { embed, embedMany, generateObject, generateText, streamText, tool, ...ai } = await load('ai');
const { createOpenAI } = await load('@ai-sdk/openai');
const { createAnthropic } = await load('@ai-sdk/anthropic');
const { z } = await load('zod');
const { ConsoleSpanExporter, SimpleSpanProcessor, BatchSpanProcessor, NodeTracerProvider } = await load('@opentelemetry/sdk-trace-node');
const { resourceFromAttributes } = await load('@opentelemetry/resources');
const { JsonTraceSerializer } = await load('@opentelemetry/otlp-transformer');

// What OTLP exporters send as JSON, as one line of stdout.
class LineExporter {
  export(spans, done) {
    process.stdout.write(`${Buffer.from(JsonTraceSerializer.serializeRequest(spans)).toString()}\n`);
    done({ code: 0 });
  }
  async shutdown() {}
}

const processor = process.argv[2] === 'otlp'
  ? new BatchSpanProcessor(new LineExporter())
  : new SimpleSpanProcessor(new ConsoleSpanExporter());
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({
    'service.name': 'shop-assistant', 'service.version': '1.4.0', 'deployment.environment.name': 'prod',
  }),
  spanProcessors: [processor],
});
provider.register();

if (ai.registerTelemetry) { // since version 7 telemetry is a package of its own
  const { OpenTelemetry } = await load('@ai-sdk/otel');
  ai.registerTelemetry(new OpenTelemetry());
}

const openai = createOpenAI({ baseURL: `${models}/v1`, apiKey: 'none' });
const anthropic = createAnthropic({ baseURL: `${models}/v1`, apiKey: 'none' });
const told = (functionId) => ({
  experimental_telemetry: { isEnabled: true, functionId, metadata: { userId: 'user-7', sessionId: 'session-3', tags: ['checkout'] } },
  maxRetries: 0,
});
const question = { system: 'Be short.', prompt: 'Capital of Korea?' };

await generateText({ model: openai.chat('gpt-5'), ...question, ...told('answer-question') });
const weather = { description: 'Weather of a city.', execute: async ({ city }) => ({ celsius: 9, city }) };
const given = { city: z.string() };
const steps = ai.stepCountIs ? { stopWhen: ai.stepCountIs(3) } : { maxSteps: 3 };
const shape = ai.stepCountIs ? { inputSchema: z.object(given) } : { parameters: z.object(given) };
await generateText({
  model: openai.chat('gpt-5'), prompt: 'Weather in Seoul?', ...steps, ...told('weather'),
  tools: { get_weather: tool({ ...weather, ...shape }) },
});
const streamed = streamText({ model: anthropic('claude-sonnet-4-5-20250929'), ...question, ...told('stream-answer') });
for await (const _ of streamed.textStream);
await embed({ model: openai.embedding('text-embedding-3-small'), value: 'search me', ...told('search') });
await generateText({ model: openai.chat('gpt-5'), prompt: 'limit', ...told('refused') }).catch(() => undefined);
await provider.shutdown();
