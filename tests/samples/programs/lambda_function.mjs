// A Lambda function whose event says what it does: {"kind": "uncaught"}.
class PaymentError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "PaymentError";
    this.code = "E_DECLINED";
  }
}

function charge(amount) {
  throw new RangeError(`잘못된 금액: ${amount}`);
}

function failure() {
  try { charge(-1); } catch (cause) { return new PaymentError("결제 실패\n주문 17", { cause }); }
}

const kinds = {
  logged() {
    console.info("order placed", { order: 17 });
    console.warn("stock is low");
    console.error(failure());
    console.error("charge failed", failure());
    console.error("charge %s failed:\nsecond line", 17);
    console.error({ message: "charge failed", order: 17, error: failure() });
    console.trace("passed by");
  },
  printed() {
    console.log(JSON.stringify({ level: "error", msg: "charge failed", requestId: "req-1" }));
    console.log(JSON.stringify({ level: "ERROR", message: "charge failed", error: { name: "PaymentError", message: "no", stack: failure().stack } }));
    process.stdout.write("ERROR written past the console\n");
  },
  async uncaught() { charge(0); },
  async caused() { throw failure(); },
  async text() { throw "only a text"; },
  async aggregate() { await Promise.any([Promise.reject(new Error("first")), Promise.reject(new TypeError("second"))]); },
  async rejected() { Promise.reject(failure()); await new Promise((resolve) => setTimeout(resolve, 1000)); },
  async thrown_later() { setTimeout(() => charge(1), 1); await new Promise((resolve) => setTimeout(resolve, 1000)); },
  async leaves() { process.exit(3); },
};

export const handler = async (event) => kinds[event.kind]();
