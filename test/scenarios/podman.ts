/**
 * Podman for the ordinary user, without a daemon and without root: installed once, as packages would, with a root
 * directory for containers, an image, and a container that is older than any session.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { release } from "node:os";
import path from "node:path";
import { ACTS, OLDER_PODMAN, PODMAN, RUNNER_ID, RUNTIME_DIRECTORY } from "./places.ts";

const PROGRAMS = ["podman", "conmon", "crun", "slirp4netns"];
/** Of root, with the set-user-ID bit: they give a user the ids that /etc/subuid says are his. */
const MAPPERS = ["newuidmap", "newgidmap"];
const IDS = "runner:100000:65536\n";
const TREE = "/run/runtimes";
const INTO = "/usr/local/bin";
/** Debian's directory for libraries of this architecture. */
const LIBRARIES = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

const WAIT_MS = 180_000;

let started = false;

function give(directory: string): void {
  execFileSync("chown", ["-R", `${RUNNER_ID}:${RUNNER_ID}`, directory]);
}

/** As the ordinary user. */
export function asRunner([program, ...words]: readonly string[]): string {
  if (program === undefined) throw new Error("no program");
  const ids = { uid: RUNNER_ID, gid: RUNNER_ID };
  return execFileSync(program, words, { encoding: "utf8", cwd: "/", stdio: ["ignore", "pipe", "pipe"], ...ids }).trim();
}

/** What this machine has already is as good; the cache need not be open to an ordinary user. */
function install(runtimes: string): void {
  mkdirSync(TREE, { recursive: true });
  execFileSync("mount", ["--bind", runtimes, TREE]);
  for (const name of PROGRAMS) {
    rmSync(path.join(INTO, name), { force: true });
    symlinkSync(path.join(TREE, "usr/bin", name), path.join(INTO, name));
  }
  for (const name of MAPPERS) {
    copyFileSync(path.join(TREE, "usr/bin", name), path.join(INTO, name));
    chmodSync(path.join(INTO, name), 0o4755);
  }
  for (const directory of [LIBRARIES, LIBRARIES.replace("/usr", "")].map((name) => path.join(TREE, name))) {
    const names = existsSync(directory) ? readdirSync(directory).filter((name) => /\.so\.\d/.test(name)) : [];
    for (const name of names.filter((library) => !existsSync(path.join(LIBRARIES, library))))
      symlinkSync(path.join(directory, name), path.join(LIBRARIES, name));
  }
}

/** Overlays where a session can make them (Linux 6.7), and copies elsewhere. */
function storageDriver(): "overlay" | "vfs" {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 7) ? "overlay" : "vfs";
}

/** What an administrator and the user have set. */
function configure(): void {
  for (const file of ["/etc/subuid", "/etc/subgid"])
    if (!existsSync(file) || !/^(runner|1001):/m.test(readFileSync(file, "utf8"))) appendFileSync(file, IDS);
  mkdirSync("/etc/containers", { recursive: true });
  if (!existsSync("/etc/containers/policy.json"))
    writeFileSync("/etc/containers/policy.json", '{ "default": [{ "type": "insecureAcceptAnything" }] }\n');
  mkdirSync(PODMAN.settings, { recursive: true });
  writeFileSync(path.join(PODMAN.settings, "storage.conf"), `[storage]\ndriver = "${storageDriver()}"\n`);
  give(path.dirname(PODMAN.settings));
  mkdirSync(path.dirname(RUNTIME_DIRECTORY), { recursive: true });
  for (const directory of [RUNTIME_DIRECTORY, OLDER_PODMAN.runtime]) {
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, RUNNER_ID, RUNNER_ID);
  }
  // as udev leaves it
  chmodSync("/dev/net/tun", 0o666);
}

/** The acts program and a shell: all that containers here need. */
function buildRoot(): void {
  for (const name of ["bin", "dev", "etc", "own", "proc", "run", "sys", "tmp"])
    mkdirSync(path.join(PODMAN.root, name), { recursive: true });
  copyFileSync(ACTS, path.join(PODMAN.root, "acts"));
  for (const name of ["busybox", "sh"]) copyFileSync("/bin/busybox", path.join(PODMAN.root, "bin", name));
  writeFileSync(path.join(PODMAN.root, "own/file"), "something\n");
  give(PODMAN.root);
}

function importImage(): void {
  const archive = path.join(path.dirname(PODMAN.root), "box.tar");
  execFileSync("tar", ["-C", PODMAN.root, "--owner=0", "--group=0", "-cf", archive, "."]);
  asRunner([...PODMAN.words, "import", "--quiet", archive, PODMAN.image]);
  rmSync(archive);
}

/** One that answers for whoever reaches its socket. @throws when it does not come up */
async function startService(): Promise<void> {
  const socket = new URL(PODMAN.service).pathname;
  mkdirSync(path.dirname(socket));
  chownSync(path.dirname(socket), RUNNER_ID, RUNNER_ID);
  const [program, ...words] = [...OLDER_PODMAN.words, "system", "service", "--time=0", PODMAN.service];
  const service = spawn(program, words, { cwd: "/", stdio: "ignore", detached: true, uid: RUNNER_ID, gid: RUNNER_ID });
  service.unref();
  for (const until = Date.now() + WAIT_MS; !existsSync(socket); ) {
    if (Date.now() > until || service.exitCode !== null) throw new Error("podman system service does not come up");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Installs it; does nothing the second time.
 * @param runtimes where its programs are unpacked
 */
export async function startPodman(runtimes: string | undefined): Promise<void> {
  if (started) return;
  if (runtimes === undefined) throw new Error("--runtimes is needed for scenarios with containers");
  started = true;
  install(runtimes);
  configure();
  buildRoot();
  importImage();
  asRunner([...OLDER_PODMAN.words, "run", "-d", "--name", "older", ...PODMAN.box, "/acts", "victim"]);
  await startService();
}

/**
 * Before every pass: the process that holds the user's namespaces for Podman is gone. One from before a session is out
 * of the session's reach, and Podman does not go without it.
 */
export function freshenPodman(): void {
  const file = path.join(RUNTIME_DIRECTORY, "libpod/tmp/pause.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8"));
  rmSync(file);
  // it may have been ended with its session, and its number may be somebody else's
  const name = path.join("/proc", String(pid), "comm");
  if (existsSync(name) && readFileSync(name, "utf8").startsWith("podman pause")) process.kill(pid, "SIGKILL");
}
