/** Lines of the objects in a JSON text, which JSON.parse does not tell. */

export interface LocatedObject {
  /** Keys from the root to the object. Objects inside arrays are not located. */
  readonly keys: readonly string[];
  /** Line of the key, 1-based. */
  readonly startLine: number;
  /** Line of the closing brace. */
  readonly endLine: number;
}

interface Frame {
  readonly array: boolean;
  /** Of the key under which the object stands. */
  readonly startLine: number;
  readonly key: string | null;
}

/** Strings, brackets, commas and line ends are all that matters to find an object in valid JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|\n/g;

/**
 * Every object that is the value of a key, inner ones first. The text must be what JSON.parse accepts (parse it
 * first); for any other text the lines mean nothing.
 */
export function* locateObjects(text: string): Generator<LocatedObject> {
  const frames: Frame[] = [];
  let line = 1;
  let string: { readonly raw: string; readonly line: number } | null = null;
  let key: { readonly raw: string; readonly line: number } | null = null;
  for (const [token] of text.matchAll(TOKEN)) {
    switch (token) {
      case "\n":
        line++;
        break;
      case ":":
        key = string;
        break;
      case ",":
        key = null;
        break;
      case "{":
      case "[":
        frames.push({ array: token === "[", startLine: key?.line ?? line, key: key && decode(key.raw) });
        key = null;
        break;
      case "]":
        frames.pop();
        break;
      case "}": {
        const keys = frames.slice(1).map((frame) => frame.key);
        const inArray = frames.some((frame) => frame.array);
        const frame = frames.pop();
        if (frame && !inArray && keys.length > 0)
          yield { keys: keys.map((k) => k ?? ""), startLine: frame.startLine, endLine: line };
        break;
      }
      default:
        string = { raw: token, line };
    }
  }
}

function decode(raw: string): string {
  const value: unknown = JSON.parse(raw);
  return typeof value === "string" ? value : "";
}
