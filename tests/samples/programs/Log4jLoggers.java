/** Writes the same records with Log4j 2 in one of its layouts: java Log4jLoggers <kind>. */
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.message.StringMapMessage;

public class Log4jLoggers {
    static final Map<String, String> LAYOUTS = Map.of(
        "pattern", "<PatternLayout pattern='%d [%t] %-5level %logger{36} - %msg%n'/>",
        "lambda", "<PatternLayout pattern='%d{yyyy-MM-dd HH:mm:ss} %X{AWSRequestId} %-5p %c{1}:%L - %m%n'/>",
        "default", "<PatternLayout/>",
        "json", "<JsonLayout compact='true' eventEol='true' properties='true' locationInfo='true'/>",
        "json_text", "<JsonLayout compact='true' eventEol='true' properties='true' stacktraceAsString='true' objectMessageAsJsonObject='true'/>",
        "ecs", "<JsonTemplateLayout eventTemplateUri='classpath:EcsLayout.json'/>",
        "logstash", "<JsonTemplateLayout eventTemplateUri='classpath:LogstashJsonEventLayoutV1.json'/>",
        "gelf", "<JsonTemplateLayout eventTemplateUri='classpath:GelfLayout.json'/>",
        "google", "<JsonTemplateLayout eventTemplateUri='classpath:GcpLayout.json'/>",
        "json_layout_template", "<JsonTemplateLayout eventTemplateUri='classpath:JsonLayout.json'/>");

    static int charge(int amount) { return 1 / amount; }

    static RuntimeException failure() {
        try {
            charge(0);
            return null;
        } catch (ArithmeticException error) {
            RuntimeException outer = new IllegalStateException("결제 실패", error);
            outer.addSuppressed(new java.io.IOException("close failed"));
            return outer;
        }
    }

    public static void main(String[] args) throws Exception {
        String configuration = "<Configuration><Appenders><Console name='out'>" + LAYOUTS.get(args[0])
            + "</Console></Appenders><Loggers><Root level='info'><AppenderRef ref='out'/></Root></Loggers></Configuration>";
        Configurator.initialize(null, new ConfigurationSource(new ByteArrayInputStream(configuration.getBytes(StandardCharsets.UTF_8))));
        ThreadContext.put("AWSRequestId", "52fdfc07-2182-454f-963f-5f0f9a621d72");
        ThreadContext.put("orderId", "o-1");
        ThreadContext.push("checkout");
        Logger log = LogManager.getLogger("com.shop.payment.PaymentService");
        log.info("order {} placed", 17);
        log.error("charge failed", failure());
        log.error(new StringMapMessage(Map.of("event", "refused", "order", "17")));
        log.fatal("cannot go on");
        log.warn("재고가 부족합니다");
    }
}
