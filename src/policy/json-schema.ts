/** The policy's JSON Schema, for completion in editors. Only the build imports this; the guard does not need it. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { PolicySchema } from "./schema.ts";

/** A draft-07 schema (what TOML editors read) of a policy file. The same bytes for the same sources. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...toJsonSchema(PolicySchema, { target: "draft-07", typeMode: "input" }) };
}
