/** What the action's `main` asks its root part to do, and what that says: JSON, one value a line. */
import * as v from "valibot";
import { sessionSpec } from "./spec.ts";
import { sessionStatus } from "./status.ts";

const { origin, mode, policy, context, workflow, lockfiles } = sessionSpec.entries;

export const startRequest = v.strictObject({
  request: v.strictObject({ origin, mode, policy, context, workflow, lockfiles }),
  job: v.strictObject({
    worker: v.pipe(v.number(), v.safeInteger(), v.minValue(2)),
    post: v.pipe(v.string(), v.startsWith("/")),
    reports: v.pipe(v.string(), v.startsWith("/")),
    variables: v.pipe(v.array(v.pipe(v.string(), v.includes("="))), v.readonly()),
  }),
});
export type StartRequest = v.InferOutput<typeof startRequest>;

const startAnswer = v.variant("ok", [
  v.object({
    ok: v.literal(true),
    /** The session's directory. */
    directory: v.string(),
    status: sessionStatus,
    notes: v.array(v.string()),
  }),
  v.object({ ok: v.literal(false), message: v.string(), remedy: v.string() }),
]);
export type StartAnswer = v.InferOutput<typeof startAnswer>;

/** In this order: it runs; the session has a directory; what came of it. */
export const rootNews = v.variant("news", [
  v.object({ news: v.literal("begun") }),
  v.object({ news: v.literal("session"), directory: v.string() }),
  v.object({ news: v.literal("answer"), answer: startAnswer }),
]);
export type RootNews = v.InferOutput<typeof rootNews>;
