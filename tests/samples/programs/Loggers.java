/** Writes lines with java.util.logging: java Loggers.java. */
import java.util.logging.Level;
import java.util.logging.Logger;

public class Loggers {
    public static void main(String[] args) {
        Logger log = Logger.getLogger("shop.payment");
        log.info("order placed");
        try {
            Integer.parseInt("열");
        } catch (NumberFormatException error) {
            log.log(Level.SEVERE, "charge failed", error);
        }
        log.warning("재고가 부족합니다");
    }
}
