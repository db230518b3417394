/**
 * Makes what whole jobs are done with, out of nothing and the same each time, and packs it into one archive:
 *
 *   node work.mjs DIRECTORY ARCHIVE
 *
 * The npm packages come from a registry of our own, which lives as long as it takes to fill npm's cache.
 */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { CACHE, SIZES } from "./jobs-list.ts";

const [, , directory, archive] = process.argv;
if (directory === undefined || archive === undefined) throw new Error("usage: node work.mjs DIRECTORY ARCHIVE");
const inside = (...names: readonly string[]) => path.join(directory, ...names);

function write(name: string, text: string): void {
  mkdirSync(path.dirname(inside(name)), { recursive: true });
  writeFileSync(inside(name), text);
}

const count = (length: number) => Array.from({ length }, (_, index) => index);

// ---- C, TypeScript, small files ----

/** Of a C file. */
const FUNCTIONS = 10;

function makeC(): void {
  const body = count(FUNCTIONS).map(
    (index) => `static int f${index}(int x) { return x * ${index + 3} ^ (x >> ${index % 7}); }`,
  );
  const sum = count(FUNCTIONS)
    .map((index) => `f${index}(x)`)
    .join(" + ");
  for (const index of count(SIZES.sources)) {
    write(`c/s${index}.c`, `${body.join("\n")}\nint source_${index}(int x) { return ${sum} + ${index}; }\n`);
  }
  const main = `int main(void) { return ${count(SIZES.sources)
    .map((index) => `source_${index}(1)`)
    .join(" ^ ")} ? 0 : 0; }\n`;
  write(
    "c/main.c",
    `${count(SIZES.sources)
      .map((index) => `int source_${index}(int);`)
      .join("\n")}\n${main}`,
  );
  write(
    "c/Makefile",
    `OBJECTS := $(patsubst %.c,out/%.o,$(wildcard *.c))\nout/program: $(OBJECTS)\n\tgcc -o $@ $(OBJECTS)\nout/%.o: %.c | out\n\tgcc -O1 -c -o $@ $<\nout:\n\tmkdir out\n`,
  );
}

function makeTypeScript(): void {
  const options = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    rootDir: "src",
    outDir: "out",
    types: [],
    skipLibCheck: true,
  };
  write("ts/tsconfig.json", JSON.stringify({ compilerOptions: options, include: ["src"] }));
  write("ts/package.json", '{"type": "module"}\n');
  for (const index of count(SIZES.modules)) {
    const before =
      index === 0 ? "" : `import { make${index - 1}, type Shape${index - 1} } from "./m${index - 1}.js";\n`;
    const base = index === 0 ? "{ readonly id: number }" : `Shape${index - 1}`;
    const more = count(10)
      .map((field) => `  readonly field${index}_${field}: Map<string, readonly number[]>;`)
      .join("\n");
    const from = index === 0 ? "{ id: 0 }" : `make${index - 1}(seed)`;
    const fields = count(10)
      .map((field) => `field${index}_${field}: new Map([[seed, [${field}]]])`)
      .join(", ");
    write(
      `ts/src/m${index}.ts`,
      `${before}export interface Shape${index} {\n  readonly base: ${base};\n${more}\n}\nexport function make${index}(seed: string): Shape${index} {\n  return { base: ${from}, ${fields} };\n}\n`,
    );
  }
}

function makeSmallFiles(): void {
  for (const index of count(SIZES.small))
    write(`files/${Math.floor(index / 100)}/file-${index}`, `the file of number ${index}\n`);
}

// ---- git ----

function makeRepository(): void {
  const env = {
    ...process.env,
    ...Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((who) => [
        [`GIT_${who}_NAME`, "bench"],
        [`GIT_${who}_EMAIL`, "bench@example.com"],
        [`GIT_${who}_DATE`, "2026-01-01T00:00:00Z"],
      ]),
    ),
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const git = (...words: readonly string[]) => execFileSync("git", words, { cwd: inside("tree"), env, stdio: "pipe" });
  mkdirSync(inside("tree"));
  git("init", "-q", "-b", "main");
  for (const commit of count(SIZES.commits)) {
    for (const index of count(SIZES.tracked / SIZES.commits)) {
      const text = count(30)
        .map((line) => `line ${line} of ${commit}/${index}`)
        .join("\n");
      write(`tree/d${commit}/f${index}`, `${text}\n`);
    }
    git("add", ".");
    git("commit", "-q", "-m", `commit ${commit}`);
  }
  git("clone", "-q", "--bare", ".", inside("repo.git"));
  rmSync(inside("tree"), { recursive: true });
}

// ---- npm ----

interface Package {
  readonly packument: string;
  readonly tarball: Buffer;
}

/** A tree: each has two others below it. */
function makePackage(index: number, origin: string): Package {
  const name = `bench-${index}`;
  const below = [2 * index + 1, 2 * index + 2].filter((other) => other < SIZES.packages);
  const manifest = {
    name,
    version: "1.0.0",
    main: "index.js",
    dependencies: Object.fromEntries(below.map((other) => [`bench-${other}`, "1.0.0"])),
  };
  write("package/package.json", JSON.stringify(manifest));
  write("package/index.js", `module.exports = ${index};\n`);
  for (const file of count(SIZES.files))
    write(`package/lib/f${file}.js`, `exports.value = ${JSON.stringify("x".repeat(800))};\n`);
  const words = [
    "-czf",
    inside("package.tgz"),
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "-C",
    inside(),
    "package",
  ];
  execFileSync("tar", words);
  const tarball = readFileSync(inside("package.tgz"));
  rmSync(inside("package"), { recursive: true });
  rmSync(inside("package.tgz"));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const version = { ...manifest, dist: { tarball: `${origin}/${name}/-/${name}-1.0.0.tgz`, integrity } };
  const packument = { name, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } };
  return { packument: JSON.stringify(packument), tarball };
}

async function serve(packages: Map<string, Package>): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer(({ url = "" }, response) => {
    const found = packages.get(url.split("/")[1] ?? "");
    if (found === undefined) response.writeHead(404).end();
    else if (url.endsWith(".tgz")) response.end(found.tarball);
    else response.setHeader("content-type", "application/json").end(found.packument);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function fillCache(): Promise<void> {
  const packages = new Map<string, Package>();
  const { server, origin } = await serve(packages);
  for (const index of count(SIZES.packages)) packages.set(`bench-${index}`, makePackage(index, origin));
  write("npm/package.json", '{"name": "bench", "version": "1.0.0", "dependencies": {"bench-0": "1.0.0"}}\n');
  write("npm/.npmrc", `registry=${origin}/\n`);
  // Nothing of the user's: neither settings nor a registry.
  const env = { PATH: process.env.PATH, HOME: inside("home") };
  const words = ["install", "--no-audit", "--no-fund", "--cache", inside(CACHE)];
  await promisify(execFile)("npm", words, { cwd: inside("npm"), env });
  rmSync(inside("npm/node_modules"), { recursive: true });
  rmSync(inside("home"), { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
makeC();
makeTypeScript();
makeSmallFiles();
makeRepository();
await fillCache();
execFileSync("tar", ["-cf", archive, "-C", directory, "."]);
rmSync(directory, { recursive: true });
