/**
 * Where the keys and values of a TOML text stand. The TOML parser gives positions for its own errors only; this
 * scanner walks a text that the parser has accepted and notes the offset of each key and value. It decides
 * nothing about validity: on a text the parser would refuse it stops early and reports what it has seen.
 */
import { parse } from "smol-toml";
import type { Position } from "./diagnostic.ts";

export type TomlPath = readonly (string | number)[];

/** Offsets into the text, in UTF-16 units. */
export interface Span {
  /** The last component of the key that made this entry; for an array item the same as `start`. */
  readonly key: number;
  /** The value, or the `[` of the header that opened the table. */
  readonly start: number;
  /** Just after the value; for a table made by a header or a dotted key, just after that header or key. */
  readonly end: number;
  /** `value`: written out after `=` or in an array. `table`: made by a header or a dotted key. */
  readonly kind: "value" | "table";
}

/** Spans by path; look them up with `pathKey`. The first mention of a path wins. */
export type Spans = ReadonlyMap<string, Span>;

export function pathKey(path: TomlPath): string {
  return JSON.stringify(path);
}

/**
 * A function from offsets in `text` to lines and columns. Lines end with a line feed, as the TOML parser counts them.
 */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

export function scanToml(text: string): Spans {
  return new Scanner(text).document();
}

const BARE = /[A-Za-z0-9_-]+/y;
const SCALAR = /[^\s,\]}#]+/y;
// A date and a time may be separated by one space.
const DATE_TIME = /\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*/y;

interface KeyPart {
  readonly name: string;
  readonly at: number;
}

class Scanner {
  readonly #text: string;
  #at = 0;
  readonly #spans = new Map<string, Span>();
  /** How many elements each array of tables has so far. */
  readonly #tables = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  document(): Spans {
    let table: TomlPath = [];
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#text.length) return this.#spans;
      const before = this.#at;
      if (this.#peek() === "[") table = this.#header();
      else this.#pair(table);
      if (this.#at === before) return this.#spans;
    }
  }

  #header(): TomlPath {
    const start = this.#at;
    const isArray = this.#text.startsWith("[[", start);
    this.#at += isArray ? 2 : 1;
    const parts = this.#key();
    this.#skip(false);
    this.#at += isArray ? 2 : 1;

    let path: TomlPath = [];
    parts.forEach((part, i) => {
      path = [...path, part.name];
      const span: Span = { key: part.at, start, end: this.#at, kind: "table" };
      const last = i === parts.length - 1;
      const length = this.#tables.get(pathKey(path));
      this.#note(path, span);
      if (last && isArray) {
        this.#tables.set(pathKey(path), (length ?? 0) + 1);
        path = [...path, length ?? 0];
        this.#note(path, span);
      } else if (length !== undefined) {
        // A header below an array of tables means its newest element.
        path = [...path, length - 1];
      }
    });
    return path;
  }

  /** `key = value`, in a table or an inline table. */
  #pair(table: TomlPath): void {
    const parts = this.#key();
    const last = parts.at(-1);
    if (last === undefined) return;
    const keyEnd = this.#at;
    let path = table;
    for (const part of parts.slice(0, -1)) {
      path = [...path, part.name];
      this.#note(path, { key: part.at, start: part.at, end: keyEnd, kind: "table" });
    }
    this.#skip(false);
    if (this.#peek() !== "=") return;
    this.#at++;
    this.#skip(false);
    this.#value([...path, last.name], last.at);
  }

  #key(): KeyPart[] {
    const parts: KeyPart[] = [];
    for (;;) {
      this.#skip(false);
      const at = this.#at;
      const c = this.#peek();
      if (c === '"' || c === "'") {
        this.#string();
        parts.push({ name: decode(this.#text.slice(at, this.#at)), at });
      } else {
        const name = this.#match(BARE);
        if (name === null) return parts;
        parts.push({ name, at });
      }
      const end = this.#at;
      this.#skip(false);
      if (this.#peek() !== ".") {
        this.#at = end;
        return parts;
      }
      this.#at++;
    }
  }

  #value(path: TomlPath, key: number | null): void {
    const start = this.#at;
    const c = this.#peek();
    if (c === '"' || c === "'") this.#string();
    else if (c === "[") this.#array(path);
    else if (c === "{") this.#inlineTable(path);
    else if (this.#match(DATE_TIME) === null) this.#match(SCALAR);
    this.#note(path, { key: key ?? start, start, end: this.#at, kind: "value" });
  }

  #array(path: TomlPath): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skip(true);
      const before = this.#at;
      if (before >= this.#text.length || this.#take("]")) return;
      this.#value([...path, index], null);
      this.#skip(true);
      this.#take(",");
      if (this.#at === before) return;
    }
  }

  #inlineTable(path: TomlPath): void {
    this.#at++;
    for (;;) {
      this.#skip(true);
      const before = this.#at;
      if (before >= this.#text.length || this.#take("}")) return;
      this.#pair(path);
      this.#skip(true);
      this.#take(",");
      if (this.#at === before) return;
    }
  }

  /** Moves past a string of any of the four kinds. */
  #string(): void {
    const quote = this.#peek();
    const multi = quote.repeat(3);
    const isMulti = this.#text.startsWith(multi, this.#at);
    this.#at += isMulti ? 3 : 1;
    while (this.#at < this.#text.length) {
      const c = this.#peek();
      if (c === "\\" && quote === '"') {
        this.#at += 2;
      } else if (isMulti && this.#text.startsWith(multi, this.#at)) {
        this.#at += 3;
        // One or two quotes more belong to the string's end: `"""a"""""`.
        for (let extra = 0; extra < 2 && this.#peek() === quote; extra++) this.#at++;
        return;
      } else {
        this.#at++;
        if (c === quote && !isMulti) return;
      }
    }
  }

  #note(path: TomlPath, span: Span): void {
    const key = pathKey(path);
    if (!this.#spans.has(key)) this.#spans.set(key, span);
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(c: string): boolean {
    if (this.#peek() !== c) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at += found[0].length;
    return found[0];
  }

  /** Moves past blanks, and with `lines` past line ends and comments too. */
  #skip(lines: boolean): void {
    for (;;) {
      const c = this.#peek();
      if (c === " " || c === "\t" || (lines && (c === "\n" || c === "\r"))) this.#at++;
      else if (lines && c === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else return;
    }
  }
}

/** A quoted key as the TOML parser reads it, so that escapes mean the same to both. */
function decode(quoted: string): string {
  try {
    const value = parse(`k = ${quoted}`).k;
    return typeof value === "string" ? value : quoted;
  } catch {
    // Only on a text the parser refuses, where positions do not matter.
    return quoted;
  }
}
