// What stands around the conversion in Langfuse (database, queue, log, metrics): here it does nothing. What the conversion
// asks it for is either Langfuse's own code again (`real:`), or set in `known` by the program that reads.
const anything = () => new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => "" : name === "then" ? undefined : anything()),
  apply: () => undefined,
  construct: () => anything(),
});
const own = {
  get ObservationLevel() { return require("real:domain/observations.ts").ObservationLevel; },
  get ObservationType() { return require("real:domain/observations.ts").ObservationType; },
  get ObservationTypeDomain() { return require("real:domain/observations.ts").ObservationTypeDomain; },
  get normalizeToolsForObservation() { return require("real:server/ingestion/extractToolsBackend.ts").normalizeToolsForObservation; },
  get normalizeToolMetadataForObservation() { return require("real:server/ingestion/extractToolsBackend.ts").normalizeToolMetadataForObservation; },
  get hasPricingTierUsageDetails() { return require("real:server/pricing-tiers/matcher.ts").hasPricingTierUsageDetails; },
  get matchPricingTier() { return require("real:server/pricing-tiers/matcher.ts").matchPricingTier; },
  get flattenJsonToPathArrays() { return require("real:server/otel/utils.ts").flattenJsonToPathArrays; },
  get safeJsonParse() { return require("real:utils/json.ts").safeJsonParse; },
  get eventTypes() { return require("real:server/ingestion/types.ts").eventTypes; },
  get normalizeEnvironment() { return require("real:server/ingestion/types.ts").normalizeEnvironment; },
  get UsageDetails() { return require("real:server/ingestion/types.ts").UsageDetails; },
  get DEFAULT_TRACE_ENVIRONMENT() { return require("real:server/ingestion/types.ts").DEFAULT_TRACE_ENVIRONMENT; },
  LangfuseInternalTraceEnvironment: {},
  instrumentSync: (_, work) => work(anything()),
  instrumentAsync: (_, work) => work(anything()),
  TableName: { Traces: "traces", Observations: "observations", ObservationsBatchStaging: "staging", EventsFull: "events", Scores: "scores", DatasetRunItems: "items" },
  env: { LANGFUSE_OTEL_MAX_SPAN_BYTES: 9_500_000 },
  redis: null,
};
const outside = new Proxy(own, {
  get: (_, name) => (name === "__esModule" ? true : name === "known" ? own : name in own ? own[name] : anything()),
  has: () => true,
  getPrototypeOf: () => outside,
});
module.exports = outside;
