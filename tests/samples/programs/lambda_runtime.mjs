// Print what Lambda's Node runtime prints for console calls and for an uncaught exception.
// Uses the runtime's own console patch (aws-lambda-ric), cut out of its bundle, which exports only `run`.
// AWS_LAMBDA_LOG_FORMAT=JSON selects the JSON log format.
import fs from "node:fs";

const bundle = fs.readFileSync("node_modules/aws-lambda-ric/dist/index.mjs", "utf8");
const part = bundle.slice(0, bundle.indexOf("// InvokeContext.js"));
fs.writeFileSync("console_patch.mjs", `${part}\nexport const patch = require_LogPatch();\n`);
const { patch } = await import(`${process.cwd()}/console_patch.mjs`);

function charge(amount) {
  throw new RangeError(`잘못된 금액: ${amount}`);
}

function failure() {
  try { charge(-1); } catch (cause) { return new Error("charge refused", { cause }); }
}

patch.setCurrentRequestId("52fdfc07-2182-454f-963f-5f0f9a621d72");
patch.patchConsole();
console.info("order placed", { order: 17 });
console.error(failure());
console.error("charge failed", failure());
console.log(JSON.stringify({ level: "error", msg: "logged as JSON", serviceId: "shop", requestId: "req-1" }));
patch.structuredConsole.logError("Invoke Error", failure());
