/** Writes one kind of stack trace, as the JVM prints it: java Failing.java <kind>. */
import java.util.List;
import java.util.Map;

public class Failing {
    static class PaymentException extends RuntimeException {
        PaymentException(String message, Throwable cause) { super(message, cause); }
    }

    static class Connection implements AutoCloseable {
        @Override public void close() { throw new IllegalStateException("close failed"); }
    }

    static int charge(int amount) {
        if (amount < 0) throw new IllegalArgumentException("잘못된 금액: " + amount);
        return 1 / amount;
    }

    static void cause() {
        try { charge(-1); } catch (IllegalArgumentException error) { throw new PaymentException("charge refused", error); }
    }

    static void deep() {
        try { cause(); } catch (PaymentException error) { throw new RuntimeException(error); }
    }

    static void suppressed() throws Exception {
        try (Connection connection = new Connection()) { charge(-1); }
    }

    static void recurse(int depth) { recurse(depth + 1); }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "uncaught" -> charge(0);
            case "printed" -> { try { charge(-1); } catch (Exception error) { error.printStackTrace(); } }
            case "cause" -> cause();
            case "deep" -> deep();
            case "suppressed" -> suppressed();
            case "lambda" -> List.of(-1).forEach(Failing::charge);
            case "native" -> Failing.class.getDeclaredMethod("cause").invoke(null);
            case "multi_line" -> throw new RuntimeException("first line\nsecond line");
            case "no_message" -> throw new UnsupportedOperationException();
            case "thread" -> { Thread thread = new Thread(() -> charge(-1), "worker-1"); thread.start(); thread.join(); }
            case "collection" -> Map.of("a", 1).put("b", 2);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
