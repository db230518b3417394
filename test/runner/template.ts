import * as v from "valibot";

/**
 * A scalar of a workflow or action file as YAML gives it. Text may hold `${{ }}`, which is evaluated when its step starts.
 * GitHub's parser has such scalars too, but rebuilt from the indented source; so values are read from YAML itself.
 */
export type Template = string | number | boolean | null;

/** A mapping in the order of the file. */
export type TemplateMap = readonly (readonly [key: string, value: Template])[];

/** A mapping of a YAML document whose shape GitHub's schema has already accepted. */
export type RawMapping = Readonly<Record<string, unknown>>;

export const templateSchema: v.GenericSchema<Template> = v.union([v.string(), v.number(), v.boolean(), v.null()]);

export const templateMapSchema: v.GenericSchema<TemplateMap> = v.array(v.tuple([v.string(), templateSchema]));

/** @throws Error when the value is a mapping or a sequence. */
export function toTemplate(value: unknown, what: string): Template {
  const parsed = v.safeParse(templateSchema, value);
  if (!parsed.success) throw new Error(`${what}: expected a scalar`);
  return parsed.output;
}

export function optionalTemplate(mapping: RawMapping | undefined, key: string): Template | undefined {
  return mapping?.[key] === undefined ? undefined : toTemplate(mapping[key], key);
}

/** The mapping under a key, or undefined when there is none. */
export function childMapping(mapping: RawMapping | undefined, key: string): RawMapping | undefined {
  return toMapping(mapping?.[key]);
}

export function toMapping(value: unknown): RawMapping | undefined {
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), value);
  return parsed.success ? parsed.output : undefined;
}

/** The entries of a mapping of scalars; none for an absent one. */
export function toTemplateMap(value: unknown, what: string): TemplateMap {
  if (value === undefined || value === null) return [];
  const mapping = toMapping(value);
  if (mapping === undefined) throw new Error(`${what}: only a plain mapping is supported here`);
  return Object.entries(mapping).map(([key, entry]) => [key, toTemplate(entry, `${what}.${key}`)]);
}

/**
 * Splits text into what stands around `${{ }}` and the expressions inside. A `}}` in a quoted string ends nothing.
 * @throws Error for an expression without an end.
 */
export function splitTemplate(text: string): ({ readonly literal: string } | { readonly expression: string })[] {
  const parts: ({ literal: string } | { expression: string })[] = [];
  let at = 0;
  for (let start = text.indexOf("${{"); start >= 0; start = text.indexOf("${{", at)) {
    if (start > at) parts.push({ literal: text.slice(at, start) });
    const end = findEnd(text, start + 3);
    if (end < 0) throw new Error(`The expression is not closed: ${text.slice(start)}`);
    parts.push({ expression: text.slice(start + 3, end).trim() });
    at = end + 2;
  }
  if (at < text.length) parts.push({ literal: text.slice(at) });
  return parts;
}

function findEnd(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith("}}", at)) return at;
  }
  return -1;
}
