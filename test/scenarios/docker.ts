/** The machine's container runtime: a real Docker daemon outside of every session, once for all of them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ACTS, BOXES, DOCKER, DOCKER_ROOT } from "./places.ts";

const WAIT_MS = 180_000;
const LOG = path.join(DOCKER_ROOT, "log");

let started = false;

/** Debian's directory for libraries of this architecture. */
const TRIPLET = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

function environment(runtimes: string): NodeJS.ProcessEnv {
  const libraries = ["usr/lib", "lib"].map((directory) => path.join(runtimes, directory, TRIPLET));
  return {
    ...process.env,
    PATH: ["usr/sbin", "usr/bin", "sbin"]
      .map((name) => path.join(runtimes, name))
      .join(":")
      .concat(":", process.env.PATH ?? ""),
    LD_LIBRARY_PATH: libraries.join(":"),
    XTABLES_LIBDIR: path.join(runtimes, "usr/lib", TRIPLET, "xtables"),
    // It asks for a firewall there before it makes a network's resolver, and the bus of the scenarios never answers.
    DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${path.join(DOCKER_ROOT, "no-bus")}`,
  };
}

function docker(...words: readonly string[]): string {
  return execFileSync(DOCKER.program, [...DOCKER.words, ...words], { encoding: "utf8" }).trim();
}

/** The acts program and a shell: all that containers here need. */
function importImage(): void {
  const tree = path.join(DOCKER_ROOT, "tree");
  for (const name of ["bin", "etc", "tmp", "own"]) mkdirSync(path.join(tree, name), { recursive: true });
  copyFileSync(ACTS, path.join(tree, "acts"));
  for (const name of ["busybox", "sh"]) copyFileSync("/bin/busybox", path.join(tree, "bin", name));
  writeFileSync(path.join(tree, "own/file"), "something\n");
  const archive = path.join(DOCKER_ROOT, "box.tar");
  execFileSync("tar", ["-C", tree, "-cf", archive, "."]);
  docker("import", archive, DOCKER.image);
}

/**
 * Until it answers. It gives the runtime below it a quarter of a minute to come up, and ends when that was too little, as
 * it may be on a machine with other work.
 * @throws when it does not come up
 */
async function startDaemon(runtimes: string): Promise<void> {
  const words = [
    ["--host", DOCKER.host],
    ["--data-root", path.join(DOCKER_ROOT, "data")],
    ["--exec-root", "/run/boxes-docker"],
    ["--pidfile", "/run/boxes-docker.pid"],
    ["--storage-driver", "overlay2"],
    ["--iptables=false", "--ip6tables=false", "--ip-masq=false"],
  ].flat();
  const until = Date.now() + WAIT_MS;
  const start = () => {
    const log = openSync(LOG, "a");
    const daemon = spawn(path.join(runtimes, "usr/sbin/dockerd"), words, {
      stdio: ["ignore", log, log],
      env: environment(runtimes),
      detached: true,
    });
    daemon.unref();
    closeSync(log);
    return daemon;
  };
  for (let daemon = start(); !answers(); ) {
    if (Date.now() > until) throw new Error(`dockerd does not come up: ${dockerLog()}`);
    if (daemon.exitCode !== null) daemon = start();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function answers(): boolean {
  return spawnSync(DOCKER.program, [...DOCKER.words, "version"], { stdio: "ignore" }).status === 0;
}

/**
 * Starts it, with a network, an image, and a container that is older than any session; does nothing the second time.
 * @param runtimes where its programs are unpacked
 * @throws when it does not come up
 */
export async function startDocker(runtimes: string | undefined): Promise<void> {
  if (started) return;
  if (runtimes === undefined) throw new Error("--runtimes is needed for scenarios with containers");
  started = true;
  mkdirSync(DOCKER_ROOT, { recursive: true });
  mkdirSync(BOXES, { recursive: true });
  // a tmpfs of its own: layers cannot lie on the overlay that is the machine's root
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "docker", DOCKER_ROOT]);
  execFileSync("modprobe", ["-a", "bridge", "veth"]);
  mkdirSync(path.dirname(DOCKER.program), { recursive: true });
  copyFileSync(path.join(runtimes, "usr/bin/docker"), DOCKER.program);
  // without it, the program that loads Docker's profile says so before it says its version
  mkdirSync("/etc/apparmor", { recursive: true });
  writeFileSync("/etc/apparmor/parser.conf", "");
  await startDaemon(runtimes);
  importImage();
  docker("network", "create", "--subnet", DOCKER.subnet, "--gateway", DOCKER.gateway, DOCKER.network);
  docker(
    "run",
    "-d",
    ...DOCKER.unconfined,
    "--cidfile",
    path.join(BOXES, "older"),
    "--name",
    "older",
    DOCKER.image,
    "/acts",
    "victim",
  );
}

/** The daemon's last words, but for what went well. */
function dockerLog(): string {
  const lines = existsSync(LOG) ? readFileSync(LOG, "utf8").trim().split("\n") : ["no log"];
  return lines
    .filter((line) => !/level=(info|debug)/.test(line))
    .slice(-12)
    .join("\n");
}

/** Before every pass: containers of the last one are gone, but for the one older than all. */
export function freshenDocker(): void {
  const others = docker("ps", "-aq", "--filter", "label=act").split("\n").filter(Boolean);
  if (others.length > 0) docker("rm", "-f", ...others);
  const kept = readFileSync(path.join(BOXES, "older"), "utf8");
  rmSync(BOXES, { recursive: true });
  mkdirSync(BOXES);
  writeFileSync(path.join(BOXES, "older"), kept);
}
