/** JSON from outside: text in, a value of a known shape out. */
import * as v from "valibot";
import { messageOf } from "./errors.ts";

/** The text is not JSON, or not of the shape; the message begins with its name and names the key that is wrong. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/**
 * @param name what the text is, for messages: `report.json`
 * @throws JsonError
 */
export function parseJson<const Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  name: string,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JsonError(`${name}: not JSON: ${messageOf(error)}`);
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  throw new JsonError(`${name}: ${key === null ? "" : `${key}: `}${issue.message}`);
}
