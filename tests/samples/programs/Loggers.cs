// Writes the same records with Microsoft.Extensions.Logging and its console: Loggers <format>.
using System;
using System.Collections.Generic;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Shop.Payments
{
    public class PaymentService
    {
        readonly ILogger<PaymentService> log;

        public PaymentService(ILogger<PaymentService> log) { this.log = log; }

        static int Charge(int amount) => 1 / amount;

        static void Order()
        {
            try { Charge(0); }
            catch (DivideByZeroException error) { throw new InvalidOperationException("결제 실패", error); }
        }

        public void Write()
        {
            using (log.BeginScope("request {RequestId}", "req-1"))
            using (log.BeginScope(new Dictionary<string, object> { ["OrderId"] = "o-1" }))
            {
                log.LogInformation("order {Order} placed", 17);
                try { Order(); }
                catch (Exception error) { log.LogError(new EventId(7, "Charge"), error, "charge of {Amount} failed", 1000); }
                log.LogError("two lines\nof a message");
                log.LogCritical("cannot go on");
                log.LogWarning("재고가 부족합니다");
            }
        }

        public static void Main(string[] args)
        {
            using var provider = new ServiceCollection()
                .AddLogging(builder => builder.AddConsole(options =>
                {
                    options.DisableColors = args[0] != "coloured";
                    options.IncludeScopes = args[0] == "scopes";
                    if (args[0] == "timed") options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fffK ";
                    if (args[0] == "systemd") options.Format = ConsoleLoggerFormat.Systemd;
                }))
                .AddTransient<PaymentService>()
                .BuildServiceProvider();
            provider.GetRequiredService<PaymentService>().Write();
        }
    }
}
