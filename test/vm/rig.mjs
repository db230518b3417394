// The virtual machine rig: boots a packaged kernel under software emulation and runs one command inside.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { cacheDir, root } from "../../build/paths.mjs";
import { vmOptions } from "./arguments.mjs";
import { ensureKernel } from "./fetch.mjs";
import { initramfs, qemuArguments, qemuProgram } from "./machine.mjs";
import { tokenCutter } from "./streams.mjs";
import { ensureUserSpace } from "./userspace.mjs";

/** Statuses that are the rig's own; see runInVm. */
export const TIMED_OUT = 124;
export const MACHINE_FAILED = 125;

const CONSOLE_LINES = 40;

/** Waits for QEMU to connect to a socket, and hands each chunk on. */
async function listen(file, onData, onClose) {
  const server = createServer((socket) => {
    server.close();
    socket.on("data", (chunk) => onData(chunk, socket));
    socket.on("error", () => socket.destroy());
    socket.on("close", onClose);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(file, resolve);
  });
  return server;
}

/** Gives a chunk to the reader; while the reader is full, the guest waits too. */
function passOn(writable, chunk, socket) {
  if (writable.write(chunk)) return;
  socket.pause();
  writable.once("drain", () => socket.resume());
}

function consoleTail(scratch) {
  const file = path.join(scratch, "console");
  if (!existsSync(file)) return "";
  const lines = readFileSync(file, "latin1").replaceAll("\r", "").trimEnd().split("\n");
  const panic = lines.findIndex((line) => /Kernel panic|BUG:|Oops|warden-rig:/.test(line));
  return (panic >= 0 ? lines.slice(panic) : lines).slice(0, CONSOLE_LINES).join("\n");
}

/** Runs QEMU until the command has ended, the machine has stopped, or the time is over. */
async function boot({ kernel, tree, options, scratch, out, token, stdout, stderr, signal }) {
  const started = Date.now();
  const seen = { out: false, err: false, status: undefined, bootMs: undefined };
  let finish = () => {};
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const complete = () => {
    if (seen.out && seen.err && seen.status !== undefined) finish("done");
  };
  const stream = (name, writable) => {
    let socket;
    const cutter = tokenCutter(
      token,
      (chunk) => passOn(writable, chunk, socket),
      () => {
        seen[name] = true;
        complete();
      },
    );
    const onData = (chunk, from) => {
      socket = from;
      cutter.push(chunk);
    };
    return listen(path.join(scratch, name), onData, () => cutter.flush());
  };
  let words = "";
  const onStatus = (chunk) => {
    words += chunk.toString("latin1");
    if (seen.bootMs === undefined && words.includes("boot\n")) seen.bootMs = Date.now() - started;
    const exit = /^exit (\d+)$/m.exec(words);
    if (exit !== null && words.endsWith("\n")) seen.status = Number(exit[1]);
    complete();
  };
  const servers = [
    await stream("out", stdout),
    await stream("err", stderr),
    await listen(path.join(scratch, "status"), onStatus, () => {}),
  ];
  const [program, ...before] = qemuProgram(options.arch);
  const qemu = spawn(program, [...before, ...qemuArguments({ kernel, tree, options, scratch, out })], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  for (const from of [qemu.stdout, qemu.stderr]) from.on("data", (chunk) => (complaint += chunk.toString("utf8")));
  const gone = new Promise((resolve) => {
    qemu.on("error", (error) => {
      complaint += error.message;
      resolve();
    });
    qemu.on("close", () => resolve());
  });
  gone.then(() => finish("stopped"));
  const timer = setTimeout(() => finish("late"), options.timeout * 1000);
  const abort = () => finish("aborted");
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const why = await finished;
    return { why, ...seen, complaint, console: consoleTail(scratch), seconds: (Date.now() - started) / 1000 };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    if (qemu.pid !== undefined) {
      qemu.kill("SIGKILL");
      await gone;
    }
    for (const server of servers) server.close();
  }
}

function verdict(end, options) {
  const where = end.bootMs === undefined ? "before the command started" : "while the command ran";
  if (end.why === "done") return { status: end.status, problem: "" };
  if (end.why === "late") {
    return { status: TIMED_OUT, problem: `no end after ${options.timeout} s: the machine was stopped ${where}` };
  }
  if (end.why === "aborted") return { status: 130, problem: `interrupted ${where}` };
  const panic = /Kernel panic/.test(end.console);
  const what = panic ? "kernel panic" : "the machine stopped";
  return { status: MACHINE_FAILED, problem: `${what} ${where}\n${end.complaint.trim()}\n${end.console}`.trimEnd() };
}

/**
 * Boots a kernel and runs `command` inside as root, in `directory`, with the host's root below a writable overlay.
 *
 * The status is the command's (128 + n when signal n ended it), TIMED_OUT (124) when the time was over, MACHINE_FAILED
 * (125) when the kernel panicked or the machine stopped, 130 when `signal` aborted it; `problem` is empty unless one of
 * these three happened. Anything the command wrote before its end reaches `stdout` and `stderr` byte for byte.
 * @throws SetupError when the kernel cannot be fetched, UsageError for options that make no sense
 */
export async function runInVm(given) {
  const options = vmOptions(given);
  const kernel = await ensureKernel(options.kernel, options.arch);
  const space = await ensureUserSpace(options.arch);
  const checkout = realpathSync(root);
  const out = path.join(checkout, "out");
  mkdirSync(out, { recursive: true });
  const scratch = mkdtempSync(path.join(tmpdir(), "warden-vm-"));
  const token = randomBytes(24).toString("hex");
  try {
    const archive = initramfs({
      kernel,
      command: given.command,
      directory: given.directory ?? process.cwd(),
      checkout,
      out,
      token,
      packages: realpathSync(path.join(checkout, "node_modules")),
      cache: realpathSync(cacheDir),
      space,
      environment: { ...process.env, ...given.environment },
    });
    writeFileSync(path.join(scratch, "initramfs"), archive);
    const { stdout = process.stdout, stderr = process.stderr, signal } = given;
    const end = await boot({ kernel, tree: space.tree, options, scratch, out, token, stdout, stderr, signal });
    return {
      ...verdict(end, options),
      release: kernel.release,
      bootMs: end.bootMs,
      seconds: end.seconds,
      console: end.console,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
