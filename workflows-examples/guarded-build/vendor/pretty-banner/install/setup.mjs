/**
 * A TEST DOUBLE, HARMLESS BY CONSTRUCTION. It stands for the install scripts of published supply-chain incidents
 * and tries the same six acts, so that a guard can be seen to refuse them:
 *
 *   runner-memory    read the memory of Runner.Worker, where the job's secrets are
 *   ssh-key          read ~/.ssh/id_ed25519
 *   npm-token        read ~/.npmrc
 *   exfiltrate       open a TCP connection out
 *   drop-and-run     write a program to /tmp and run it
 *   workflow-write   add a workflow to the repository
 *
 * What makes it harmless: it does nothing at all unless ~/.warden-demo.json exists, which only Warden's own demo
 * creates, in the made-up home directory of a virtual machine. What it reads is counted and dropped, never kept,
 * shown or sent. The connection goes to the demo's own collector and carries one fixed sentence. The dropped
 * program is a copy of `sh` that says hello. The workflow it writes says hello.
 *
 * Each act is tried on its own; one that fails does not stop the next. Its outcome is one JSON line in the record
 * file: {"act", "ok": true, "detail"} or {"act", "ok": false, "errno", "detail"}. The exit status is always 0,
 * as with the real ones: nobody is to notice.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = homedir();
const switchFile = join(home, ".warden-demo.json");
/** Shells report a failed call only in words. */
const words = {
  "Operation not permitted": "EPERM",
  "Permission denied": "EACCES",
  "No such file": "ENOENT",
  nonexistent: "ENOENT",
};

if (existsSync(switchFile)) await run(JSON.parse(readFileSync(switchFile, "utf8")));

/** @param {{ record: string, collector: { host: string, port: number } }} demo */
async function run(demo) {
  const acts = {
    "runner-memory": readRunnerMemory,
    "ssh-key": () => `${readFileSync(join(home, ".ssh", "id_ed25519")).length} bytes`,
    "npm-token": () => shell("npm-token", join(home, ".npmrc")),
    exfiltrate: () => exfiltrate(demo.collector),
    "drop-and-run": () => shell("drop-and-run", "/tmp/.pretty-banner-helper"),
    "workflow-write": () => shell("workflow-write", join(process.env.INIT_CWD ?? "", ".github", "workflows")),
  };
  for (const [act, attempt] of Object.entries(acts)) {
    let outcome;
    try {
      outcome = { act, ok: true, detail: await attempt() };
    } catch (error) {
      outcome = { act, ok: false, errno: error.code ?? "unknown", detail: error.message };
    }
    appendFileSync(demo.record, `${JSON.stringify(outcome)}\n`);
  }
}

/** Opening `mem` is the act; `maps` only tells where there is something to read. */
function readRunnerMemory() {
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && nameOf(name) === "Runner.Worker");
  if (pid === undefined) throw failure("ESRCH", "no process is named Runner.Worker");
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    const region = /^([0-9a-f]+)-[0-9a-f]+ rw/m.exec(readFileSync(`/proc/${pid}/maps`, "utf8"));
    if (region === null) throw failure("EFAULT", "Runner.Worker has no writable memory");
    const page = Buffer.alloc(4096);
    return `${readSync(memory, page, 0, page.length, BigInt(`0x${region[1]}`))} bytes`;
  } finally {
    closeSync(memory);
  }
}

function nameOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return ""; // it has ended since the directory was listed
  }
}

function exfiltrate({ host, port }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.end("the demo's compromised package was here\n"));
    const timer = setTimeout(() => socket.destroy(failure("ETIMEDOUT", `no answer from ${host}:${port}`)), 10_000);
    socket.on("error", reject);
    socket.on("close", (failed) => {
      clearTimeout(timer);
      if (!failed) resolve(`sent to ${host}:${port}`);
    });
    socket.resume();
  });
}

function shell(act, operand) {
  const script = join(dirname(fileURLToPath(import.meta.url)), "setup.sh");
  const child = spawnSync("sh", [script, act, operand], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  if (child.error) throw child.error;
  if (child.status === 0) return child.stdout.trim();
  const said = child.stderr.trim();
  const word = Object.keys(words).find((candidate) => said.includes(candidate));
  throw failure(word === undefined ? `exit ${child.status}` : words[word], said);
}

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}
