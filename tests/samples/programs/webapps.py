"""Applications that fail on one route, for the servers that write_samples starts: Flask and FastAPI."""

from fastapi import FastAPI
from flask import Flask

flask_app = Flask("shop")
api = FastAPI()


@flask_app.route("/orders/<number>")
def order(number):
    raise ValueError(f"결제 실패: {number}")


@api.get("/orders/{number}")
def api_order(number: int):
    raise ValueError(f"결제 실패: {number}")
