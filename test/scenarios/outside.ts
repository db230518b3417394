/** What lives outside the session: servers to reach for, victims to look into, a giver of sockets, a cgroup. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import * as v from "valibot";
import { ACTS, AT, HOSTS, NETWORK, NETWORK6, PASS_SOCKET, PORTS, RUNNER_ID } from "./places.ts";
import type { User } from "./scenario.ts";

function serveTcp(port: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), "::", () => resolve());
  });
}

function serveUdp(port: string): Promise<void> {
  const socket = createSocket({ type: "udp6", ipv6Only: false });
  socket.on("message", (message, from) => {
    // A sender that the guard keeps from hearing the answer is no error of the server.
    socket.send(message, from.port, from.address, () => {});
  });
  socket.unref();
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(Number(port), "::", () => resolve());
  });
}

/** Somebody else's client, for the act that waits to be connected to. */
function keepConnecting(): void {
  setInterval(() => {
    const socket = connect({ host: AT.denied, port: Number(PORTS.accept), timeout: 3000 });
    for (const event of ["error", "connect", "timeout"]) socket.on(event, () => socket.destroy());
    socket.unref();
    // behind a published port there is a proxy: who hangs up at once is not heard of by the container
    const published = connect({ host: "127.0.0.1", port: Number(PORTS.published), timeout: 3000 });
    for (const event of ["error", "data", "end", "timeout"]) published.on(event, () => published.destroy());
    published.unref();
  }, 300).unref();
}

function sysctl(name: string, value: string): void {
  const file = `/proc/sys/${name}`;
  if (existsSync(file)) writeFileSync(file, value);
}

/** Addresses, names, kernel settings and servers, once. */
export async function prepareMachine(): Promise<void> {
  execFileSync(ACTS, ["address", "lo:1", NETWORK.address, String(NETWORK.prefix)]);
  for (const address of NETWORK6) execFileSync(ACTS, ["address", "lo", address, "128"]);
  appendFileSync("/etc/hosts", `\n${AT.allowedHost} ${HOSTS.allowed}\n${AT.otherHost} ${HOSTS.other}\n`);
  // What distributions differ in must not be what refuses a control.
  sysctl("net/ipv4/ping_group_range", "0 2147483647");
  sysctl("net/ipv4/tcp_fastopen", "3");
  sysctl("kernel/yama/ptrace_scope", "0");
  sysctl("kernel/unprivileged_userns_clone", "1");
  sysctl("kernel/io_uring_disabled", "0");
  sysctl("fs/protected_hardlinks", "0");
  sysctl("fs/protected_symlinks", "0");
  for (const port of [PORTS.tcp, PORTS.udp, PORTS.other, PORTS.ssh]) {
    await serveTcp(port);
    await serveUdp(port);
  }
  keepConnecting();
}

/** Where the unified hierarchy is mounted: found, not assumed. */
export function cgroupMount(): string {
  const line = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .find((text) => text.split(" ")[2] === "cgroup2");
  const mount = line?.split(" ")[1];
  if (mount === undefined) throw new Error("no cgroup2 mount");
  return mount;
}

const victimLine = v.object({ pid: v.number(), address: v.number() });
export type Victim = v.InferOutput<typeof victimLine>;

/** The processes outside, and their end. */
export class Outside {
  readonly #children: ChildProcess[] = [];

  /** Starts a process that holds a secret and waits. */
  async victim(user: User): Promise<Victim> {
    return v.parse(victimLine, JSON.parse(await this.#firstWords(this.#start(["victim"], user))));
  }

  /** Makes unix sockets and keeps them; they are there when it returns, in place of older ones. */
  async sockets(sockets: readonly (readonly [kind: string, name: string])[]): Promise<void> {
    await this.#firstWords(this.#start(["unix-serve", ...sockets.flat()], "root"));
  }

  /** Gives sockets away on PASS_SOCKET. */
  async passer(): Promise<void> {
    rmSync(PASS_SOCKET, { force: true });
    this.#start(["pass", PASS_SOCKET, AT.denied, PORTS.tcp], "runner");
    for (let tries = 0; !existsSync(PASS_SOCKET); tries++) {
      if (tries > 200) throw new Error("the giver of sockets does not listen");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #firstWords(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      child.stdout?.once("data", (data: Buffer) => resolve(data.toString()));
      child.once("exit", () => reject(new Error(`acts ${child.spawnargs[1]} ended early`)));
    });
  }

  #start(args: readonly string[], user: User): ChildProcess {
    const ids = user === "runner" ? { uid: RUNNER_ID, gid: RUNNER_ID } : {};
    const child = spawn(ACTS, args, { stdio: ["ignore", "pipe", "inherit"], ...ids });
    this.#children.push(child);
    return child;
  }

  end(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.#children.length = 0;
  }
}

/** A cgroup beside the session's to be reached for; and the removal of what acts made there. */
export function prepareCgroups(): void {
  mkdirSync(path.join(cgroupMount(), "outside"), { recursive: true });
  const made = path.join(cgroupMount(), "made-by-act");
  if (existsSync(made)) rmdirSync(made);
}

/** Pins of the control: a map under a name of its own. */
export function pinMap(name: string): string {
  const pin = `/sys/fs/bpf/${name}`;
  rmSync(pin, { force: true });
  execFileSync(ACTS, ["bpf-pin", pin]);
  return pin;
}

/** The control's session directory: one of its own, with what a session has installed. */
export function standInDirectory(): string {
  const directory = "/run/stand-in/session";
  // with what an act may have made of it
  rmSync(path.dirname(directory), { recursive: true, force: true });
  mkdirSync(path.join(directory, "bin"), { recursive: true });
  for (const name of ["agent.mjs", "warden-monitor"]) writeFileSync(path.join(directory, "bin", name), "something\n");
  return directory;
}

/** All files below a directory; empty when it is not there. */
export function filesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}
