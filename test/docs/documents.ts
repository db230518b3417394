/** The documents that users read, and what in them can be tried. */
import { readdirSync, readFileSync } from "node:fs";

export interface Document {
  readonly file: string;
  readonly text: string;
}

const FILES = [
  "README.md",
  ...readdirSync("docs").map((name) => `docs/${name}`),
  "workflows-examples/README.md",
  "runner-image/README.md",
];

export const documents: readonly Document[] = FILES.map((file) => ({ file, text: readFileSync(file, "utf8") }));

/** The contents of the code blocks of one language, without the indent of a list. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    (match) => match[1] ?? "",
  );
}

/** Command lines: the lines of shell blocks without comments, and code spans that begin with one of our programs. */
export function commands(text: string): string[] {
  const lines = blocks(text, "sh").flatMap((block) =>
    block.split("\n").map((line) => line.replace(/\s+#.*/, "").trim()),
  );
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const spans = [...prose.matchAll(/`((?:sudo )?(?:npm (?:run|start|test)\b|warden |node \S+\.mjs)[^`]*)`/g)];
  return [...lines.filter((line) => line !== ""), ...spans.map((match) => (match[1] ?? "").replaceAll("\n", " "))];
}

/** Targets of links that stay in the repository. */
export function links(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "").filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
