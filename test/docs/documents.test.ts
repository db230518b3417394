/** What README shows is what the code takes: its workflow, its policies, its tables; and no link leads nowhere. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readInputs } from "../../src/action/inputs.ts";
import { fromHardenRunner } from "../../src/policy/harden-runner.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { anchors, blocks, documents, links } from "./documents.ts";

const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };
const readme = readFileSync("README.md", "utf8");
const described = v.record(v.string(), v.unknown());
const action = v.parse(v.object({ inputs: described, outputs: described }), parse(readFileSync("action.yml", "utf8")));
const Steps = v.array(v.object({ uses: v.optional(v.string()), with: v.optional(v.record(v.string(), v.string())) }));

/** The `with` of Warden's step, for each workflow or part of one that README shows. */
function given(): Record<string, string>[] {
  return blocks(readme, "yaml").map((block) => {
    const value: unknown = parse(block);
    const steps = v.parse(Steps, Array.isArray(value) ? value : v.parse(Workflow, value).jobs.build.steps);
    const own = steps.find(({ uses }) => uses === "warden/warden-action@v1")?.with;
    if (own === undefined) throw new Error("no step of this workflow uses Warden");
    return own;
  });
}
const Workflow = v.object({ jobs: v.object({ build: v.object({ steps: v.unknown() }) }) });

/** Code spans in the first column of the table with this heading. */
function column(heading: string): string[] {
  const table = readme.split(`\n| ${heading} |`)[1]?.split("\n\n")[0] ?? "";
  const cells = table.split("\n").filter((line) => line.startsWith("| `"));
  return cells.flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
}

describe("README's workflows", () => {
  const [first = {}, second = {}, ...others] = given();

  it("give inputs that the action has", () => {
    expect(others).toEqual([]);
    for (const each of [first, second]) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(each)));
      expect(() => readInputs((name) => each[name] ?? "")).not.toThrow();
    }
  });

  it("hold a policy without findings, also with its registry and enforced", () => {
    const text = first.policy ?? "";
    const load = (policy: string) => loadPolicy({ text: policy, file: "README.md", context });
    expect(load(text)).toMatchObject({ ok: true, warnings: [], policy: { mode: "audit" } });
    const enforced = text.replace('mode = "audit"', 'mode = "enforce"').replace("# allow", "allow");
    const result = load(enforced);
    expect(result).toMatchObject({ ok: true, warnings: [], policy: { mode: "enforce" } });
    const hosts = result.ok ? result.policy.rules.flatMap((rule) => ("port" in rule ? [rule.source.text] : [])) : [];
    expect(hosts).toContain("registry.example.com:443");
  });

  it("take harden-runner's inputs, and do not promise its wildcards", () => {
    const load = (allowedEndpoints: string) =>
      fromHardenRunner({ egressPolicy: second["egress-policy"] ?? "", allowedEndpoints, context });
    expect(load(second["allowed-endpoints"] ?? "")).toMatchObject({ ok: true, warnings: [] });
    expect(load("*.example.com:443")).toMatchObject({
      ok: true,
      warnings: [{ message: expect.stringContaining("PLANNED") }],
    });
  });
});

describe("README's tables", () => {
  it("name the action's inputs and outputs", () => {
    expect(column("input").toSorted()).toEqual(Object.keys(action.inputs).sort());
    expect(column("output").toSorted()).toEqual(Object.keys(action.outputs).sort());
  });
});

describe("links between documents", () => {
  const found = documents.flatMap(({ file, text }) => links(text).map((link) => ({ file, link })));

  it("are found", () => {
    expect(found.length).toBeGreaterThan(15);
  });

  it.each(found)("$file: $link", ({ file, link }) => {
    const [target = "", anchor] = link.split("#");
    const to = target === "" ? file : path.join(path.dirname(file), target);
    expect(existsSync(to)).toBe(true);
    if (anchor !== undefined) expect(anchors(readFileSync(to, "utf8"))).toContain(anchor);
  });
});

describe("labels", () => {
  it("are one of three, in the last column of every table that has them", () => {
    let rows = 0;
    for (const { file, text } of documents) {
      for (const table of text.split("\n\n").filter((part) => /^\|.*\| label \|$/m.test(part))) {
        for (const row of table
          .split("\n")
          .filter((line) => line.startsWith("|"))
          .slice(2)) {
          expect(row, file).toMatch(/\| (ENFORCED|AUDITED|PLANNED) \|$/);
          rows++;
        }
      }
    }
    expect(rows).toBeGreaterThan(20);
  });
});
