// Write one kind of stack trace of TypeScript: tsx failing.ts <kind>, ts-node failing.ts <kind>, or compiled with source maps.
interface Order {
  id: number;
  amount: number;
}

class PaymentError extends Error {
  constructor(message: string, public readonly order: Order, options?: { cause?: unknown }) {
    super(message, options as ErrorOptions);
    this.name = "PaymentError";
  }
}

abstract class Gateway<T extends Order> {
  protected abstract pay(order: T): number;

  async charge(order: T): Promise<number> {
    await Promise.resolve();
    return this.pay(order);
  }
}

class CardGateway extends Gateway<Order> {
  protected pay(order: Order): number {
    if (order.amount < 0) throw new RangeError(`잘못된 금액: ${order.amount}`);
    return (null as unknown as Order).amount;
  }
}

const kinds: Record<string, () => Promise<void>> = {
  async uncaught() {
    await new CardGateway().charge({ id: 17, amount: 0 });
  },
  async cause() {
    const order: Order = { id: 17, amount: -1 };
    try {
      await new CardGateway().charge(order);
    } catch (cause) {
      throw new PaymentError("charge refused", order, { cause });
    }
  },
  async printed() {
    await new CardGateway().charge({ id: 17, amount: -1 }).catch((error: unknown) => console.error("order failed", error));
  },
};

void kinds[process.argv[2] as string]!();
