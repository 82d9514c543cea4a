"""Applications that fail on one route, for the servers that write_samples starts, and a worker that fails at its task."""

import logging
import sys


def charge(number):
    raise ValueError(f"결제 실패: {number}")


def flask_app():
    from flask import Flask

    app = Flask("shop")

    @app.route("/orders/<number>", methods=["GET", "POST"])
    def order(number):
        charge(number)

    return app


def fastapi_app():
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/orders/{number}")
    def order(number: int):
        charge(number)

    return app


def django_app():
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.urls import path

    def order(request, number):
        logging.getLogger("shop").warning("stock is low")
        charge(number)

    urls = type(sys)("shop_urls")
    urls.urlpatterns = [path("orders/<int:number>", order)]
    sys.modules["shop_urls"] = urls
    settings.configure(
        DEBUG=False,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="shop_urls",
        SECRET_KEY="only for samples",
        LOGGING=DJANGO_LOGGING,
    )
    return get_wsgi_application()


DJANGO_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "verbose": {"format": "{levelname} {asctime} {module} {process:d} {thread:d} {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "verbose"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
"""The `verbose` example of Django's documentation."""


def aiohttp():
    from aiohttp import web

    async def order(request):
        charge(request.match_info["number"])

    app = web.Application()
    app.router.add_get("/orders/{number}", order)
    logging.basicConfig(level="INFO")
    web.run_app(app, host="127.0.0.1", port=18480)


def tornado():
    import asyncio

    from tornado.log import enable_pretty_logging
    from tornado.web import Application, RequestHandler

    class Order(RequestHandler):
        def get(self, number):
            charge(number)

    async def serve():
        Application([(r"/orders/(\d+)", Order)]).listen(18480, "127.0.0.1")
        await asyncio.Event().wait()

    enable_pretty_logging()
    asyncio.run(serve())


def celery():
    from celery import Celery

    app = Celery("shop", broker="memory://", backend="cache+memory://")

    @app.task(name="shop.tasks.pay")
    def pay(number):
        charge(number)

    @app.task(name="shop.tasks.again", bind=True, max_retries=1)
    def again(self, number):
        try:
            charge(number)
        except ValueError as error:
            raise self.retry(exc=error, countdown=0) from error

    @app.task(name="shop.tasks.stop")
    def stop():
        from celery.worker import state

        state.should_stop = 0

    for task in (pay.s(17), again.s(18), stop.s()):
        task.apply_async()
    app.Worker(pool="solo", loglevel="INFO", without_gossip=True, without_mingle=True, without_heartbeat=True).start()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
