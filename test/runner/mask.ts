/**
 * Replaces registered secrets by `***`. Like the runner's masker it also knows what a secret looks like after the usual
 * encodings (base64 at each of the three offsets, JSON, URI and expression escapes), and each line of one with many lines.
 */
export class SecretMasker {
  readonly #values = new Set<string>();
  #ordered: readonly string[] = [];

  /** Registers a secret; blank ones are ignored, for they would mask everything. */
  add(secret: string): void {
    for (const value of [secret, ...secret.split(/\r\n|\r|\n/)]) {
      if (value.trim() === "") continue;
      for (const form of encodings(value)) if (form.trim() !== "") this.#values.add(form);
    }
    this.#ordered = [...this.#values];
  }

  mask(text: string): string {
    const hits: [from: number, to: number][] = [];
    for (const value of this.#ordered) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) hits.push([at, at + value.length]);
    }
    if (hits.length === 0) return text;
    hits.sort((a, b) => a[0] - b[0]);
    let masked = "";
    let copied = 0;
    let [from, to] = hits[0]!;
    for (const [nextFrom, nextTo] of hits.slice(1)) {
      // Touching intervals become one: two stars would tell how many secrets there are.
      if (nextFrom <= to) {
        to = Math.max(to, nextTo);
        continue;
      }
      masked += `${text.slice(copied, from)}***`;
      copied = to;
      [from, to] = [nextFrom, nextTo];
    }
    return `${masked}${text.slice(copied, from)}***${text.slice(to)}`;
  }
}

function encodings(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  return [
    value,
    base64(bytes),
    // The same bytes after one or two others: the first characters of the text differ, the rest does not.
    base64(bytes.subarray(1)),
    base64(bytes.subarray(2)),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    value.replaceAll("'", "''"),
    value.replace(/^"(.*)"$/s, "$1"),
  ];
}

/** Only the characters that do not depend on what follows the secret. */
function base64(bytes: Buffer): string {
  const text = bytes.toString("base64");
  return bytes.length > 6 ? text : "";
}
