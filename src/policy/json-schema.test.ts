import { Ajv } from "ajv";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { policyJsonSchema } from "./json-schema.ts";
import { presetNames, presetText } from "./presets.ts";

const validate = new Ajv({ strict: false }).compile(policyJsonSchema());
const accepts = (text: string) => validate(JSON.parse(JSON.stringify(parse(text))));

test("is a draft-07 schema, the same each time", () => {
  expect(policyJsonSchema()).toMatchObject({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Warden policy",
  });
  expect(JSON.stringify(policyJsonSchema())).toBe(JSON.stringify(policyJsonSchema()));
});

test("accepts and refuses what the loader does", () => {
  for (const name of presetNames) expect(accepts(presetText(name) ?? "")).toBe(true);
  expect(accepts('[exec]\nmemfd = "deny"')).toBe(true);
  expect(accepts("[exec]\nmemfdd = 1")).toBe(false);
  expect(accepts('mode = "block"')).toBe(false);
  expect(accepts("version = 2")).toBe(false);
});
