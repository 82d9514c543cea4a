// Writes one kind of stack trace, as .NET prints it: Failing <kind>.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Shop
{
    public class PaymentException : Exception
    {
        public PaymentException(string message, Exception inner = null) : base(message, inner) { }
    }

    public class Described : Exception
    {
        public override string ToString() => "Payment 17 was declined by the bank";
    }

    public class Gateway<T> where T : struct
    {
        public int Charge(int amount, string currency = "KRW")
        {
            if (amount < 0) throw new ArgumentException($"잘못된 금액: {amount}", nameof(amount));
            return 1 / amount;
        }

        public async Task<int> ChargeAsync(int amount)
        {
            await Task.Yield();
            return Charge(amount);
        }

        public int this[int amount] => Charge(amount);

        public static Gateway<T> operator +(Gateway<T> gateway, int amount) { gateway.Charge(amount); return gateway; }
    }

    public static class Extensions
    {
        public static int Pay(this int amount) => new Gateway<decimal>().Charge(amount);
    }

    public static class Program
    {
        static readonly Gateway<decimal> gateway = new Gateway<decimal>();

        static void Cause()
        {
            try { gateway.Charge(-1); }
            catch (ArgumentException error) { throw new PaymentException("charge refused", error); }
        }

        static void Deep()
        {
            try { Cause(); }
            catch (PaymentException error) { throw new InvalidOperationException("checkout failed\nin cart 4", error); }
        }

        static async Task Checkout()
        {
            try { await gateway.ChargeAsync(-1); }
            catch (ArgumentException error) { throw new PaymentException("checkout refused", error); }
        }

        static int Recurse(int depth) => Recurse(depth + 1) + 1;

        static void Logged(Action action)
        {
            try { action(); }
            catch (Exception error) { Console.Error.WriteLine("charge failed: " + error); }
        }

        public static void Main(string[] args)
        {
            switch (args[0])
            {
                case "uncaught": gateway.Charge(0); break;
                case "cause": Cause(); break;
                case "deep": Deep(); break;
                case "logged": Logged(Deep); break;
                case "async": Checkout().GetAwaiter().GetResult(); break;
                case "wait": Checkout().Wait(); break;
                case "all": Task.WhenAll(gateway.ChargeAsync(0), gateway.ChargeAsync(-1)).Wait(); break;
                case "lambda": new List<int> { -1 }.ForEach(amount => amount.Pay()); break;
                case "query": Console.WriteLine(new[] { 1, 0 }.Select(amount => gateway.Charge(amount)).ToList().Count); break;
#if !MONO
                case "local":
                    int Twice(int amount) => gateway[amount] * 2;
                    Twice(0);
                    break;
#endif
                case "operator": { var more = gateway + 0; break; }
                case "rethrown":
                    try { gateway.Charge(0); } catch (DivideByZeroException) { throw; }
                    break;
                case "captured":
                    try { gateway.Charge(0); } catch (DivideByZeroException error) { ExceptionDispatchInfo.Capture(error).Throw(); }
                    break;
                case "aggregate": throw new AggregateException("two refused", new PaymentException("first"), new IOException("second", new TimeoutException("slow")));
                case "thread": { var thread = new Thread(() => gateway.Charge(0)) { Name = "worker-1" }; thread.Start(); thread.Join(); break; }
                case "initializer": Console.WriteLine(Broken.Value); break;
                case "described": throw new Described();
                case "null_reference": { string order = null; Console.WriteLine(order.Length); break; }
                case "file": File.ReadAllText("/nowhere/file.txt"); break;
                case "parse": int.Parse("열"); break;
                case "overflow": Recurse(0); break;
                case "fail_fast": Environment.FailFast("cannot go on", new PaymentException("declined")); break;
                case "stack": Console.Error.WriteLine("where: " + Environment.StackTrace); break;
            }
        }
    }

    public static class Broken
    {
        public static readonly int Value;

        static Broken() { Value = new Gateway<int>().Charge(0); }
    }
}
