/** Writes one kind of stack trace, as the JVM prints it: java Failing.java <kind>. */
import java.util.List;
import java.util.Map;

public class Failing {
    static class PaymentException extends RuntimeException {
        PaymentException(String message) { super(message); }
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

    record Order(int amount) {
        Order { if (amount < 0) throw new IllegalArgumentException("amount: " + amount); }
    }

    static class Broken { static final int VALUE = charge(0); }

    static class Described extends RuntimeException {
        @Override public String toString() { return "Payment 17 was declined by the bank"; }
    }

    static String trace(Throwable error) {
        java.io.StringWriter text = new java.io.StringWriter();
        error.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

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
            case "circular" -> {
                RuntimeException first = new RuntimeException("first");
                first.initCause(new PaymentException("second", first));
                throw first;
            }
            case "blank_lines" -> throw new IllegalStateException("first line\n\nthird line:\n  - order 17\n");
            case "suppressed_cause" -> {
                PaymentException error = new PaymentException("charge refused");
                try { cause(); } catch (PaymentException inner) { error.addSuppressed(inner); }
                error.addSuppressed(new IllegalStateException("second close failed"));
                error.initCause(new java.io.IOException("Connection reset by peer"));
                throw error;
            }
            case "initializer" -> System.out.println(Broken.VALUE);
            case "overflow" -> recurse(0);
            case "memory" -> { List<long[]> kept = new java.util.ArrayList<>(); while (true) kept.add(new long[10_000_000]); }
            case "future" -> java.util.concurrent.CompletableFuture.supplyAsync(() -> charge(-1)).join();
            case "executor" -> {
                var pool = java.util.concurrent.Executors.newFixedThreadPool(1);
                pool.execute(() -> charge(-1));
                pool.shutdown();
            }
            case "stream" -> System.out.println(java.util.stream.Stream.of(1, 0).map(Failing::charge).toList());
            case "anonymous" -> new Runnable() { public void run() { charge(-1); } }.run();
            case "constructor" -> new Order(-1);
            case "proxy" -> ((Runnable) java.lang.reflect.Proxy.newProxyInstance(Failing.class.getClassLoader(),
                    new Class<?>[] {Runnable.class}, (self, method, values) -> { throw new java.io.IOException("from a proxy"); })).run();
            case "null_pointer" -> { Map<String, String> map = Map.of(); System.out.println(map.get("order").length()); }
            case "cast" -> { Object order = "17"; System.out.println((Integer) order); }
            case "to_string" -> throw new Described();
            case "text" -> System.err.println("charge failed: " + trace(new PaymentException("charge refused", new IllegalStateException("declined\n\tat the bank"))));
            case "no_class" -> Class.forName("com.shop.Missing");
            case "sql" -> {
                java.sql.SQLException first = new java.sql.SQLException("deadlock found", "40001", 1213);
                first.setNextException(new java.sql.SQLException("lock wait timeout", "40001", 1205));
                throw new RuntimeException("query failed; SQL [UPDATE orders SET paid = ?]", first);
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
