/** Writes the same records with Logback in one of its usual layouts: java LogbackLoggers <kind>. */
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.util.Map;
import net.logstash.logback.argument.StructuredArguments;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.stacktrace.ShortenedThrowableConverter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.MarkerFactory;

public class LogbackLoggers {
    static final String SPRING_NAME = "%-40.40logger{39} : %m%n";
    static final Map<String, String> PATTERNS = Map.of(
        "basic", "%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n",
        "dated", "%d{yyyy-MM-dd HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n%xEx",
        "iso", "%d{ISO8601} %-5level [%thread] %logger{0}: %msg%n",
        "root_cause", "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} [%thread] %-5level %logger [%X{requestId}] - %msg%n%rEx",
        "spring2", "%d{yyyy-MM-dd HH:mm:ss.SSS} %5p 7 --- [%15.15t] " + SPRING_NAME,
        "spring3", "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %5p 7 --- [shop] [%15.15t] [%X{traceId}-%X{spanId}] " + SPRING_NAME,
        "sleuth", "%d{yyyy-MM-dd HH:mm:ss.SSS} %5p [shop,%X{traceId},%X{spanId}] 7 --- [%15.15t] " + SPRING_NAME,
        "location", "%d [%t] %p %c{1}.%M:%L - %m%n%ex{3}");

    static class Order {
        int charge(int amount) { return 1 / amount; }
    }

    static Encoder<ILoggingEvent> encoder(String kind, LoggerContext context) {
        if (PATTERNS.containsKey(kind)) {
            PatternLayoutEncoder encoder = new PatternLayoutEncoder();
            encoder.setPattern(PATTERNS.get(kind));
            return encoder;
        }
        LogstashEncoder encoder = new LogstashEncoder();
        encoder.setCustomFields("{\"service\":\"shop\",\"environment\":\"prod\"}");
        if (kind.equals("logstash_short")) {
            ShortenedThrowableConverter converter = new ShortenedThrowableConverter();
            converter.setRootCauseFirst(true);
            converter.setMaxDepthPerThrowable(2);
            converter.setShortenedClassNameLength(25);
            encoder.setThrowableConverter(converter);
        }
        return encoder;
    }

    static RuntimeException failure() {
        try {
            new Order().charge(0);
            return null;
        } catch (ArithmeticException error) {
            return new IllegalStateException("결제 실패", error);
        }
    }

    public static void main(String[] args) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Encoder<ILoggingEvent> encoder = encoder(args[0], context);
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
        MDC.put("requestId", "req-1");
        MDC.put("traceId", "5b8aa5a2d2c872e8321cf37308d69df2");
        MDC.put("spanId", "051581bf3cb55c13");
        Logger log = LoggerFactory.getLogger("com.shop.payment.PaymentService");
        log.info("order {} placed", 17, StructuredArguments.kv("orderId", "o-1"));
        log.error("charge failed", failure());
        log.error(MarkerFactory.getMarker("AUDIT"), "order {} refused by {}", 17, "bank");
        log.warn("재고가 부족합니다");
    }
}
