/** Writes the stack trace of a virtual thread (Java 21 and later): java VirtualThread. */
public class VirtualThread {
    static void charge(int amount) { throw new IllegalArgumentException("잘못된 금액: " + amount); }

    public static void main(String[] args) throws Exception {
        Thread thread = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable) () -> charge(-1));
        thread.join();
    }
}
