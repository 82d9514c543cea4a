// Reads an OTLP export a line from stdin and says, a line each, what Langfuse's own code makes of its spans.
// usage: node read.cjs <checkout of langfuse> <bundle.cjs> < exports.jsonl > readings.jsonl
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [checkout, bundle] = process.argv.slice(2).map((place) => path.resolve(place));
const langfuse = require(bundle);
const models = JSON.parse(fs.readFileSync(path.join(checkout, "worker/src/constants/default-model-prices.json"), "utf8"));
let tokenised = 0;

Object.assign(langfuse.known, {
  ModelUsageUnit: { Tokens: "TOKENS" },
  findModel: async ({ model }) => {
    const known = models.find(({ matchPattern }) => new RegExp(matchPattern.replace("(?i)", ""), "i").test(model));
    if (!known) return { model: null, pricingTiers: [] };
    const pricingTiers = known.pricingTiers.map((tier) => ({
      ...tier,
      prices: Object.entries(tier.prices).map(([usageType, price]) => ({ usageType, price: new langfuse.Decimal(price) })),
    }));
    return { model: { id: known.modelName, tokenizerId: known.tokenizerId }, pricingTiers };
  },
  tokenCountAsync: async ({ text }) => { tokenised += 1; return text ? String(text).length : undefined; },
  PromptService: class { async getPrompt({ promptName, version }) { return { id: "its id", name: promptName, version }; } },
  convertObservationReadToInsert: (record) => record,
  convertTraceReadToInsert: (record) => record,
  observationRecordInsertSchema: { parse: (record) => record },
  traceRecordInsertSchema: { parse: (record) => record },
  hasNoEvalConfigsCache: async () => true,
  ClickhouseReadSkipCache: { getInstance: () => ({ shouldSkipClickHouseRead: async () => true }) },
});

const NOT_SAID = new Set(["created_at", "updated_at", "event_ts", "event_bytes", "blob_storage_file_path", "project_id", "is_deleted",
  "bookmarked", "public", "ingestion_api_key", "ingestion_sdk_name", "ingestion_sdk_version", "source", "usage_pricing_tier_id", "usage_pricing_tier_name"]);
const isEmpty = (value) => value === undefined || value === null || value === "" || (typeof value === "object" && !Object.keys(value).length);
const said = (record) => Object.fromEntries(Object.entries(record).filter(([name, value]) => !NOT_SAID.has(name) && !isEmpty(value)));

// The server keeps a second copy of every attribute in the metadata of senders that are not its SDK.
const isCopy = (name) => /^(attributes|resourceAttributes|scope)(\.|$)/.test(name);
const metadata = (pairs) => Object.fromEntries(pairs.filter(([name]) => !isCopy(name)));

const processor = () => new langfuse.OtelIngestionProcessor(
  { projectId: "p", publicKey: "pk", sdkName: "logrouter", sdkVersion: "0.1.0", ingestionVersion: "4" });

async function counting(work) {
  tokenised = 0;
  const record = await work();
  return tokenised ? { ...record, tokenised: true } : record;
}

// The way of servers from 4 on: one row an observation.
async function events(service, resourceSpans) {
  const rows = [];
  for (const event of processor().processToEvent(resourceSpans))
    rows.push(await counting(async () => {
      const { metadata_names: names, metadata_values: values, ...record } = await service.createEventRecord(event, "file");
      return { ...said(record), metadata: metadata(names.map((name, place) => [name, values[place]])) };
    }));
  return rows;
}

// The way of servers before: a trace and its observations, each through the schema of the old ingestion.
async function merged(service, written, resourceSpans) {
  const reading = { traces: [], observations: [], unreadable: [] };
  const schema = langfuse.createIngestionEventSchema(false);
  for (const event of await processor().processToIngestionEvents(resourceSpans)) {
    const parsed = schema.safeParse(event);
    if (!parsed.success) {
      reading.unreadable.push([event.type, event.body.id, ...parsed.error.issues.map((issue) => issue.path.join("."))]);
      continue;
    }
    const eventType = event.type === "trace-create" ? "trace" : "observation";
    const record = await counting(async () => {
      await service.mergeAndWrite({ eventType, projectId: "p", entityId: parsed.data.body.id, createdAtTimestamp: new Date(0),
        events: [parsed.data], forwardToEventsTable: false, attribution: {} });
      const last = said(written.pop());
      return { ...last, metadata: metadata(Object.entries(last.metadata ?? {})) };
    });
    reading[`${eventType}s`].push(record);
  }
  return reading;
}

async function read({ resourceSpans }) {
  const reasons = langfuse.validateOtelSpanIds?.(resourceSpans).reasons ?? [];
  if (reasons.length) return { refused: reasons };
  const written = [];
  const queue = { addToQueue: (_, record) => written.push(record) };
  const service = new langfuse.IngestionService({}, { $executeRaw: async () => 0 }, queue, {});
  const isFrom4 = "createEventRecord" in service && "processToEvent" in processor();
  return { events: isFrom4 ? await events(service, resourceSpans) : [], ...await merged(service, written, resourceSpans) };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin }))
    if (line.trim()) console.log(JSON.stringify(await read(JSON.parse(line))));
})();
