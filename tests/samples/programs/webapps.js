// An application that fails on one route, written with one framework: node webapps.js <framework>, on port 18480.
"use strict";

const PORT = 18480;

function charge(number) {
  throw new RangeError(`잘못된 금액: ${number}`);
}

const kinds = {
  express() {
    const app = require("express")();
    app.get("/orders/:number", (request, response) => charge(request.params.number));
    app.listen(PORT);
  },
  express_async() {
    const app = require("express")();
    app.use(require("morgan")("combined"));
    app.get("/orders/:number", async (request, response) => charge(request.params.number));
    app.use((error, request, response, next) => {
      console.error(`${request.method} ${request.originalUrl} failed:`, error);
      response.status(500).end();
    });
    app.listen(PORT);
  },
  fastify() {
    const app = require("fastify")({ logger: true });
    app.get("/orders/:number", async (request) => charge(request.params.number));
    app.listen({ port: PORT });
  },
  koa() {
    const app = new (require("koa"))();
    app.use(async (context) => charge(context.path));
    app.listen(PORT);
  },
  hapi() {
    const server = require("@hapi/hapi").server({ port: PORT });
    server.route({ method: "GET", path: "/orders/{number}", handler: (request) => charge(request.params.number) });
    server.start();
  },
  async nest() {
    require("reflect-metadata");
    const { Controller, Get, Module, Param } = require("@nestjs/common");
    const { NestFactory } = require("@nestjs/core");
    class Orders { order(number) { charge(number); } }
    Get("orders/:number")(Orders.prototype, "order", Object.getOwnPropertyDescriptor(Orders.prototype, "order"));
    Param("number")(Orders.prototype, "order", 0);
    Controller()(Orders);
    class Shop {}
    Module({ controllers: [Orders] })(Shop);
    const app = await NestFactory.create(Shop, { logger: new (require("@nestjs/common").ConsoleLogger)({ colors: false, json: process.argv[3] === "json" }) });
    await app.listen(PORT);
  },
};

kinds[process.argv[2]]();
