import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { planOf } from "../../build/attach-plan.mjs";
import type { Posture } from "../../src/report/report.ts";
import { misledFunction, withoutFunction } from "../attach/btf.ts";
import { judge, type Planned, type Seen } from "../attach/judge.ts";

const bpf = new URL("../../bpf/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, bpf), "utf8");
const sources = readdirSync(bpf).filter((name) => name.endsWith(".bpf.c"));

test("the plan has every program of the sources, with what it hooks", () => {
  const text = sources.map(read).join("\n");
  const plan = planOf(read("monitor/catalog.c"), text);
  expect(plan.length).toBeGreaterThanOrEqual(40);
  expect(plan).toContainEqual({
    program: "bprm_check",
    classes: ["exec", "containers"],
    functions: { lsm: "bpf_lsm_bprm_check_security", fmod_ret: "security_bprm_check" },
  });
  expect(plan).toContainEqual({ program: "connect4", classes: ["network"], functions: null });
  expect(() => planOf(read("monitor/catalog.c"), `${text}\nHOOK(other)\nint BPF_PROG(other)\n`)).toThrow("programs");
});

const planned: Planned = {
  program: "inode_mkdir",
  classes: ["write", "guard"],
  functions: { lsm: "bpf_lsm_inode_mkdir", fmod_ret: "security_inode_mkdir" },
};

function posture(states: Partial<Record<string, string>>): Posture {
  const classes = (["network", "exec", "read", "write", "guard", "containers"] as const).map((name) => {
    const reason = states[name] ?? "";
    return { class: name, state: reason === "" ? ("enforced" as const) : ("absent" as const), needed: true, reason };
  });
  return { kernel: "6.12", flavour: "fmod_ret", classes };
}

const told = { write: "would not attach `inode_mkdir`", guard: "would not attach `inode_mkdir`" };
const kept: Seen = {
  posture: posture(told),
  problem: null,
  enforce: { status: 1, stderr: "the kernel would not attach the program for `inode_mkdir`", ran: false },
  audit: { status: 0, stderr: "", ran: true },
  audited: posture(told),
  left: "",
};

test("the contract is kept when the loss is named and nothing starts", () => {
  expect(judge(planned, kept)).toEqual([]);
});

test.each([
  ["a command that ran", { enforce: { ...kept.enforce, ran: true } }, "enforce: the command ran"],
  ["a start that succeeded", { enforce: { ...kept.enforce, status: 0 } }, "enforce: status 0"],
  [
    "words without the hook",
    { enforce: { ...kept.enforce, stderr: "no" } },
    "enforce: standard error does not name it",
  ],
  ["no posture", { posture: null, problem: "why" }, "doctor: no posture: why"],
  ["a class that claims to be whole", { posture: posture({ write: told.write }) }, "doctor: guard is enforced"],
  ["another hook", { posture: posture({ ...told, guard: "`x`" }) }, "doctor: guard does not name it: `x`"],
  ["more than was lost", { posture: posture({ ...told, exec: "why" }) }, "doctor: exec is absent, too: why"],
  ["an audit that refuses to run", { audit: { ...kept.audit, ran: false } }, "audit: the command did not run"],
  ["an audit without a report", { audited: null }, "audit: no report"],
  ["an audit that pretends", { audited: posture({}) }, "audit: write is enforced"],
  ["what is left", { left: "pins: a" }, "left behind: pins: a"],
] satisfies [string, Partial<Seen>, string][])("%s is a fault", (_, change, fault) => {
  expect(judge(planned, { ...kept, ...change }).join("; ")).toContain(fault);
});

test("a program that no class needs is a fault, whatever is said", () => {
  expect(judge({ ...planned, classes: [] }, kept)).toEqual(["no class of hooks needs it: its loss would be silent"]);
});

/** Types: an int, a structure with one member, and two functions of different prototypes. */
function types(): Buffer {
  const strings = Buffer.from("\0int\0thing\0vfs_read\0security_x\0", "latin1");
  const at = (name: string) => strings.indexOf(`\0${name}\0`) + 1;
  const words = [
    ...[at("int"), 1 << 24, 4, 0x20],
    ...[at("thing"), (4 << 24) | 1, 4, at("int"), 1, 0],
    ...[at("vfs_read"), 12 << 24, 7],
    ...[at("security_x"), 12 << 24, 9],
  ];
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  for (const [index, word] of [24, 0, words.length * 4, words.length * 4, strings.length].entries())
    header.writeUInt32LE(word, 4 + index * 4);
  const body = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) body.writeUInt32LE(word, index * 4);
  return Buffer.concat([header, body, strings]);
}

test("another kernel's types lack the function, or lead elsewhere", () => {
  const before = types();
  const words = (btf: Buffer) => Array.from({ length: 16 }, (_, index) => btf.readUInt32LE(24 + index * 4));
  const [name, other] = [words(before)[13] ?? 0, words(before)[10] ?? 0];
  expect(words(withoutFunction(before, "security_x"))).toEqual([...words(before).slice(0, 13), name + 1, 12 << 24, 9]);
  expect(words(misledFunction(before, "security_x")).slice(10)).toEqual([name, 12 << 24, 9, name + 1, 12 << 24, 9]);
  expect(other).not.toBe(name);
  expect(before).toEqual(types());
  expect(() => withoutFunction(before, "security_y")).toThrow("no function security_y");
  expect(() => withoutFunction(Buffer.alloc(24), "x")).toThrow("no BTF");
});
