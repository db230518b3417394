import { banner } from "@warden-demo/pretty-banner";
import compression from "compression";
import cookieParser from "cookie-parser";
import express from "express";
import helmet from "helmet";
import { normalise, slugOf } from "./slugs.js";

/** The link shortener over an in-memory store. */
export function createApp() {
  const links = new Map();
  const app = express();
  app.use(helmet(), compression(), cookieParser(), express.json());

  app.get("/", (_request, response) => {
    response.type("text/plain").send(banner("links"));
  });

  app.post("/links", (request, response) => {
    const target = normalise(request.body?.url);
    if (target === null) {
      response.status(400).json({ error: "url must be an absolute http or https address" });
      return;
    }
    const slug = slugOf(links.size);
    links.set(slug, target);
    response.status(201).json({ slug });
  });

  app.get("/:slug", (request, response) => {
    const target = links.get(request.params.slug);
    if (target === undefined) response.sendStatus(404);
    else response.redirect(target);
  });

  return app;
}
