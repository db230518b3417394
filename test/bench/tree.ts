/** The files that are measured, on a tmpfs of their own, and how the machine is set up for it. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DENIED, DIRECTORIES, PLACES, USER } from "./places.ts";

const MANY = 1000;
const CONTENT = "so many bytes as a read wants, and some more, for it to be a whole one\n";

/** What was built for the machine. */
export interface Built {
  /** With the programs. */
  readonly directory: string;
  /** The guard's BPF programs. */
  readonly object: string;
}

/** As test/bench/program.c is linked. */
const LOADER = { name: "ld.so", from: "/lib64/ld-linux-x86-64.so.2" } as const;
const LIBC = "/lib/x86_64-linux-gnu/libc.so.6";

function install(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

export function makeTree({ directory, object }: Built): void {
  mkdirSync(PLACES.bench);
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755,size=80%", "tmpfs", PLACES.bench]);
  for (const file of [...DIRECTORIES.map((directory) => path.join(directory, "file")), ...DENIED.files]) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, CONTENT);
  }
  mkdirSync(PLACES.many);
  for (let index = 0; index < MANY; index++) writeFileSync(path.join(PLACES.many, `file-${index}`), "");
  mkdirSync(PLACES.libraries);
  install(LOADER.from, path.join(PLACES.libraries, LOADER.name));
  install(LIBC, path.join(PLACES.libraries, path.basename(LIBC)));
  for (const name of ["static", "dynamic"]) install(path.join(directory, name), path.join(PLACES.home, name));
  install(path.join(directory, "static"), DENIED.program);
  // What is not measured is here, too: while something waits for the host, the machine's clock leaps to the next timer.
  for (const name of ["ops", "floor", "acts"] as const) install(path.join(directory, name), PLACES[name]);
  install(object, PLACES.object);
  // They belong to the user who measures, as a job's own files do.
  for (const name of readdirSync(PLACES.bench, { recursive: true, encoding: "utf8" }))
    chownSync(path.join(PLACES.bench, name), USER, USER);
}

export function prepareMachine(): void {
  // Real-time priority without a share for others: they have the time between the rounds.
  writeFileSync("/proc/sys/kernel/sched_rt_runtime_us", "-1");
  mkdirSync(PLACES.cgroup);
}
