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
  syntax() { require("vm").runInThisContext("let = = 1", { filename: "/var/task/broken.js" }); },
};

kinds[process.argv[2]]();
