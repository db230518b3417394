import pino from "pino";
import { createApp } from "./app.js";

const log = pino();
const port = Number(process.env.PORT ?? 8080);
createApp().listen(port, "127.0.0.1", () => log.info({ port }, "listening"));
