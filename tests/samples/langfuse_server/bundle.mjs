// Bundles Langfuse's own conversion of OTLP exports out of a checkout of its repository, without database, queue, bucket.
// usage: node bundle.mjs <checkout of langfuse> <bundle.cjs>
import path from "node:path";
import { createRequire } from "node:module";

const [checkout, bundle] = process.argv.slice(2).map((place) => path.resolve(place));
const { build } = createRequire(path.join(path.dirname(bundle), "x.js"))("esbuild");
const here = path.dirname(new URL(import.meta.url).pathname);
const shared = path.join(checkout, "packages/shared/src");
const worker = path.join(checkout, "worker/src");

// What is taken as it is. Anything else of Langfuse is `outside.cjs`.
const REAL = [
  "server/otel/", "server/ingestion/types.ts", "server/ingestion/extractToolsBackend.ts", "server/pricing-tiers/",
  "utils/zod.ts", "utils/json.ts", "utils/scores.ts", "constants.ts", "domain/observations.ts", "domain/scores.ts",
].map((place) => path.join(shared, place)).concat(path.join(worker, "services/IngestionService/"));
const WHOLE_PACKAGES = [".", "..", "../", "../../", "../../../"];

const outside = {
  name: "outside",
  setup(builder) {
    builder.onResolve({ filter: /.*/ }, async ({ path: wanted, kind, pluginData, importer, resolveDir }) => {
      if (wanted.startsWith("real:")) return { path: path.join(shared, wanted.slice(5)) };
      if (wanted === "outside") return { path: path.join(here, "outside.cjs") };
      if (kind === "entry-point" || pluginData === "seen") return undefined;
      const isPackage = wanted.startsWith("@langfuse/") || WHOLE_PACKAGES.includes(wanted);
      if (isPackage && !importer.includes("pricing-tiers")) return { path: path.join(here, "outside.cjs") };
      const found = await builder.resolve(wanted, { kind, importer, resolveDir, pluginData: "seen" });
      const isOurs = found.external || found.path.includes("node_modules") || REAL.some((place) => found.path.startsWith(place));
      return found.errors.length || !isOurs ? { path: path.join(here, "outside.cjs") } : { path: found.path, external: found.external };
    });
  },
};

await build({
  stdin: {
    contents: `
      export { OtelIngestionProcessor } from "real:server/otel/OtelIngestionProcessor.ts";
      export { validateOtelSpanIds } from "real:server/otel/utils.ts";
      export { createIngestionEventSchema } from "real:server/ingestion/types.ts";
      export { IngestionService } from ${JSON.stringify(`${worker}/services/IngestionService/index.ts`)};
      export { known } from "outside";
      export { Decimal } from "decimal.js";
    `,
    resolveDir: here,
    loader: "ts",
  },
  bundle: true,
  platform: "node",
  format: "cjs",
  outfile: bundle,
  plugins: [outside],
  nodePaths: [path.join(path.dirname(bundle), "node_modules")],
  logLevel: "error",
});
