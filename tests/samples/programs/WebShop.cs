// An ASP.NET Core application that fails on one route, until it is told to stop: WebShop <url>.
using System;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop
{
    public static class WebShop
    {
        static int Charge(int amount) => 1 / amount;

        public static void Main(string[] args) =>
            Host.CreateDefaultBuilder()
                .ConfigureLogging(logging => logging.AddConsole(options => options.DisableColors = true))
                .ConfigureWebHostDefaults(web => web.UseUrls(args[0]).Configure(app =>
                {
                    app.UseRouting();
                    app.UseEndpoints(endpoints =>
                    {
                        endpoints.MapGet("/orders/{number:int}", async context =>
                            await context.Response.WriteAsync(Charge(int.Parse((string)context.Request.RouteValues["number"])).ToString()));
                        endpoints.MapGet("/stop", context =>
                        {
                            context.RequestServices.GetRequiredService<IHostApplicationLifetime>().StopApplication();
                            return context.Response.WriteAsync("stopping");
                        });
                    });
                }))
                .Build()
                .Run();
    }
}
