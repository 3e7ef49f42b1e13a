// One framework with one configuration: node server.mjs FRAMEWORK PORT CONFIGURATION.
// The configuration is a module whose default export gets the application and the CORS plugin.
import { pathToFileURL } from "node:url";

const [framework, port, file] = process.argv.slice(2);
const configure = (await import(pathToFileURL(file))).default;
const at = { host: "127.0.0.1", port: Number(port) };

const frameworks = {
  async express() {
    const { default: express } = await import("express");
    const { default: cors } = await import("cors");
    const app = express();
    configure(app, cors);
    app.get("/items", (_, response) => response.json({ items: [] }));
    app.put("/items", (_, response) => response.sendStatus(204));
    app.listen(at.port, at.host);
  },
  async fastify() {
    const { default: fastify } = await import("fastify");
    const { default: cors } = await import("@fastify/cors");
    const app = fastify();
    await configure(app, cors);
    app.get("/items", async () => ({ items: [] }));
    app.put("/items", async () => ({ items: [] }));
    await app.listen(at);
  },
  async koa() {
    const { default: Koa } = await import("koa");
    const { default: cors } = await import("@koa/cors");
    const app = new Koa();
    configure(app, cors);
    app.use((context) => {
      if (context.path === "/items") context.body = { items: [] };
    });
    app.listen(at.port, at.host);
  },
  async hapi() {
    const { default: Hapi } = await import("@hapi/hapi");
    const server = Hapi.server({ ...at, routes: { cors: configure() } });
    server.route({ method: ["GET", "PUT"], path: "/items", handler: () => ({ items: [] }) });
    await server.start();
  },
  async hono() {
    const { Hono } = await import("hono");
    const { cors } = await import("hono/cors");
    const { serve } = await import("@hono/node-server");
    const app = new Hono();
    configure(app, cors);
    app.get("/items", (context) => context.json({ items: [] }));
    app.put("/items", (context) => context.json({ items: [] }));
    serve({ fetch: app.fetch, hostname: at.host, port: at.port });
  },
};

await frameworks[framework]();
