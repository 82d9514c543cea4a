// Write one kind of stack trace of an ES module, as Node prints it: node failing.mjs <kind>.
import { readFile } from "node:fs/promises";

class PaymentError extends Error {
  name = "PaymentError";
}

function charge(amount) {
  if (amount < 0) throw new RangeError(`잘못된 금액: ${amount}`);
  return null.value;
}

async function order(amount) {
  await null;
  try { charge(amount); } catch (cause) { throw new PaymentError("charge refused", { cause }); }
}

const kinds = {
  uncaught: () => charge(0),
  top_level_await: () => order(-1),
  printed: async () => { try { await order(-1); } catch (error) { console.error("order failed:", error); } },
  missing_import: () => import("./nowhere.mjs"),
  missing_package: () => import("nowhere"),
  missing_name: () => import("./misnamed.mjs"),
  file: () => readFile("/nowhere/file.txt"),
  all_settled: async () => { for (const one of await Promise.allSettled([order(-1)])) console.error(one); },
};

await kinds[process.argv[2]]();
