// Writes the same records with Serilog: LoggersSerilog <format>.
using System;
using System.Collections.Generic;
using Serilog;
using Serilog.Context;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Json;

namespace Shop
{
    public class PaymentService
    {
        static int Charge(int amount) => 1 / amount;

        static void Order()
        {
            try { Charge(0); }
            catch (DivideByZeroException error) { throw new InvalidOperationException("결제 실패", error); }
        }

        static LoggerConfiguration Write(LoggerConfiguration to, string format) => format switch
        {
            "compact" => to.WriteTo.Console(new CompactJsonFormatter()),
            "compact_rendered" => to.WriteTo.Console(new RenderedCompactJsonFormatter()),
            "json" => to.WriteTo.Console(new JsonFormatter(renderMessage: true)),
            "text" => to.WriteTo.Console(),
            "text_named" => to.WriteTo.Console(outputTemplate:
                "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} [{Level:u3}] {SourceContext}: {Message:lj} {Properties}{NewLine}{Exception}"),
            _ => throw new ArgumentException(format),
        };

        public static void Main(string[] args)
        {
            using var root = Write(new LoggerConfiguration().Enrich.FromLogContext(), args[0]).CreateLogger();
            using (LogContext.PushProperty("RequestId", "req-1"))
            {
                var log = root.ForContext<PaymentService>();
                log.Information("order {Order} placed by {@Customer}", 17, new { Id = 4, Name = "A" });
                try { Order(); }
                catch (Exception error) { log.Error(error, "charge of {Amount:0.00} failed", 1000); }
                log.Error("refused {Reason} and {{kept}}", "declined");
                log.Fatal("cannot go on");
                log.Warning("재고가 부족합니다");
            }
        }
    }
}
