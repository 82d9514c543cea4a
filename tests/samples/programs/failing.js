// Write one kind of stack trace, as Node prints it: node failing.js <kind>.
"use strict";

class PaymentError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "PaymentError";
    this.code = "E_DECLINED";
  }
}

function charge(amount) {
  if (amount < 0) throw new RangeError(`잘못된 금액: ${amount}`);
  return null.value;
}

const kinds = {
  uncaught() { charge(0); },
  printed() { try { charge(-1); } catch (error) { console.error(error); } },
  prefixed() { try { charge(-1); } catch (error) { console.error("Payment failed:", error); } },
  stack() { try { charge(-1); } catch (error) { console.error(error.stack); } },
  cause() {
    try { charge(-1); } catch (error) { console.error(new PaymentError("declined", { cause: error })); }
  },
  async async_frames() {
    const step = async () => { await null; charge(-1); };
    const order = async () => { await step(); };
    try { await order(); } catch (error) { console.error(error); }
  },
  rejection() { Promise.reject(new PaymentError("never caught")); },
  rejected_value() { Promise.reject("only text"); },
  aggregate() {
    Promise.any([Promise.reject(new Error("first")), Promise.reject(new TypeError("second"))])
      .catch((error) => console.error(error));
  },
  internal() { try { require("fs").readFileSync("/nowhere/file.txt"); } catch (error) { console.error(error); } },
  evaluated() { try { eval("charge(-1)"); } catch (error) { console.error(error); } },
  anonymous() { try { [1].map((x) => charge(-x)); } catch (error) { console.error(error); } },
  method() {
    class Shop { constructor() { this.buy(); } buy() { charge(-1); } }
    try { new Shop(); } catch (error) { console.error(error); }
  },
  multi_line_message() { try { throw new Error("first line\nsecond line"); } catch (error) { console.error(error); } },
  three_causes() {
    try { charge(-1); } catch (first) {
      try { throw new PaymentError("declined", { cause: first }); } catch (second) {
        console.error(new Error("checkout failed", { cause: second }));
      }
    }
  },
  text_cause() { console.error(new Error("checkout failed", { cause: "card expired" })); },
  object_cause() { console.error(new Error("checkout failed", { cause: { status: 402, body: "declined" } })); },
  cycle() {
    const error = new PaymentError("declined");
    error.cause = error;
    console.error(error);
  },
  own_properties() {
    const error = new PaymentError("declined");
    Object.assign(error, { order: { id: 17, lines: ["a", "b"] }, response: { status: 402, headers: { "x-id": "7" } } });
    console.error(error);
  },
  inside_object() { console.error({ order: 17, err: new RangeError("too much"), retries: [1, 2] }); },
  two_errors() { console.error("first", new Error("one"), "second", new TypeError("two")); },
  uncaught_cause() { try { charge(-1); } catch (error) { throw new PaymentError("declined", { cause: error }); } },
  uncaught_aggregate() { throw new AggregateError([new Error("first"), new TypeError("second")], "two refused"); },
  uncaught_text() { throw "only text"; },
  uncaught_object() { throw { code: 17, reason: "declined" }; },
  async uncaught_async() { await null; charge(0); },
  rejected_undefined() { Promise.reject(); },
  warned_rejection() {
    process.on("unhandledRejection", (reason, promise) => console.error("Unhandled Rejection at:", promise, "reason:", reason));
    Promise.reject(new PaymentError("never caught"));
  },
  handled_exception() {
    process.on("uncaughtException", (error, origin) => console.error(`Caught ${origin}:`, error));
    charge(0);
  },
  timer() { setTimeout(function later() { charge(0); }, 1); },
  emitter() { new (require("events"))().emit("error", new PaymentError("declined")); },
  promise_all() { Promise.all([1].map(async (x) => { await null; charge(-x); })).catch((error) => console.error(error)); },
  getter() { class Order { get total() { return charge(0); } static of() { return new Order().total; } } Order.of(); },
  generator() { function* amounts() { yield charge(0); } [...amounts()]; },
  overflow() { function again(n) { return again(n + 1); } Error.stackTraceLimit = 5; again(0); },
  made_function() { new Function("charge", "return charge(-1)")(charge); },
  json() { JSON.parse("{broken"); },
  missing_module() { require("./nowhere"); },
  broken_module() { require("./broken"); },
  assertion() { require("assert").deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }); },
  no_stack() { const error = new Error("no stack"); error.stack = undefined; console.error(error); },
  no_message() { throw new PaymentError(); },
  trace() { console.trace("how did we get here: %d", 17); },
  warning() { process.emitWarning("use chargeAll", "DeprecationWarning", "SHOP001"); },
  worker() {
    const { Worker } = require("worker_threads");
    new Worker(`function charge() { null.value; } charge();`, { eval: true });
  },
  net() { require("net").connect(1, "127.0.0.1"); },
  fetch() { fetch("http://127.0.0.1:1/orders").catch((error) => console.error(error)); },
  dom_exception() { try { structuredClone(() => 1); } catch (error) { console.error(error); } },
  installed() { require("verror"); const { VError } = require("verror"); console.error(VError.fullStack(new VError({ cause: new Error("declined"), name: "PaymentError" }, "charge failed"))); },
  symbol_name() { class PaymentDeclined extends Error {} throw new PaymentDeclined("declined"); },
  coloured() { console.error(require("util").inspect(new PaymentError("declined", { cause: new Error("inner") }), { colors: true })); },
  syntax() { require("vm").runInThisContext("let = = 1", { filename: "/var/task/broken.js" }); },
};

kinds[process.argv[2]]();
