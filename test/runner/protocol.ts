import * as v from "valibot";
import type { RunReport } from "./report.ts";
import { type JobRequest, jobSchema } from "./workflow.ts";

/**
 * The message with which the Listener starts the Worker's job. As on GitHub, secrets travel and stay in it as
 * `"NAME":{"value":"...","isSecret":true}`: this is the form that published attacks search the Worker's memory for.
 */
export interface JobMessage {
  readonly variables: Readonly<Record<string, { readonly value: string; readonly isSecret: boolean }>>;
  readonly job: JobRequest;
  /** The `github` context, without what the Worker fills in itself. */
  readonly github: Readonly<Record<string, string>>;
  /** The webhook's payload: text of a JSON document. */
  readonly event: string;
  readonly paths: {
    readonly workspace: string;
    /** Holds `_temp`, `_actions` and `_tool`. */
    readonly work: string;
    readonly node24: string | null;
  };
  /** Local folder for `owner/name@ref`, or for `owner/name` with any ref. */
  readonly actions: Readonly<Record<string, string>>;
  readonly timings: {
    readonly drainMs: number;
    readonly interruptMs: number;
    readonly terminateMs: number;
    readonly minuteMs: number;
  };
  readonly debug: boolean;
  readonly color: boolean;
}

export const jobMessageSchema: v.GenericSchema<JobMessage> = v.strictObject({
  variables: v.record(v.string(), v.strictObject({ value: v.string(), isSecret: v.boolean() })),
  job: jobSchema,
  github: v.record(v.string(), v.string()),
  event: v.string(),
  paths: v.strictObject({ workspace: v.string(), work: v.string(), node24: v.nullable(v.string()) }),
  actions: v.record(v.string(), v.string()),
  timings: v.strictObject({
    drainMs: v.number(),
    interruptMs: v.number(),
    terminateMs: v.number(),
    minuteMs: v.number(),
  }),
  debug: v.boolean(),
  color: v.boolean(),
});

/** What the Listener may send after the job message, one JSON value a line. */
export interface CancelMessage {
  readonly cancel: string;
}

export const cancelSchema: v.GenericSchema<CancelMessage> = v.strictObject({ cancel: v.string() });

/** The one line that the Worker sends back, at its end. */
export interface DoneMessage {
  readonly report: RunReport;
}
