/** The journal's records are those of the report. */
export type * from "../report/event.ts";
