import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { UsageError } from "./args.ts";
import { WORKER_NAME } from "./worker.ts";

/** Whom the Worker runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** False when it is the user who started the Listener. */
  readonly switched: boolean;
}

/** @throws UsageError for an unknown user, or one that we may not become. */
export function findAccount(user: string | undefined): Account {
  const own = userInfo();
  if (user === undefined || user === own.username) {
    return {
      name: own.username,
      uid: own.uid,
      gid: own.gid,
      home: own.homedir,
      shell: own.shell ?? "/bin/sh",
      switched: false,
    };
  }
  const fields = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find((entry) => entry[0] === user);
  if (fields === undefined) throw new UsageError(`--user: there is no user '${user}' on this machine`);
  if (own.uid !== 0) throw new UsageError(`--user ${user}: only root can start the Worker as another user`);
  return {
    name: user,
    uid: Number(fields[2]),
    gid: Number(fields[3]),
    home: fields[5]!,
    shell: fields[6]!,
    switched: true,
  };
}

/** Where the runner is installed, as `bin/Runner.Worker` beside its program. */
export interface Installation {
  readonly root: string;
  readonly worker: string;
  readonly bundle: string;
  /** To be removed at the end. */
  readonly temporary: boolean;
}

/**
 * Makes a file named Runner.Worker that is a copy of this Node: a link would share its inode with every other Node, and a
 * symbolic link would not be the name of the executable. A copy of the same size in a given root is used again.
 */
export function install(given: string | undefined, bundle: string, account: Account): Installation {
  const root = given ?? mkdtempSync(join(tmpdir(), "actions-runner-"));
  const bin = join(root, "bin");
  const worker = join(bin, WORKER_NAME);
  const ownBundle = join(bin, `${WORKER_NAME}.cjs`);
  mkdirSync(bin, { recursive: true });
  chmodSync(root, 0o755);
  if (!existsSync(worker) || statSync(worker).size !== statSync(process.execPath).size) place(process.execPath, worker);
  place(bundle, ownBundle);
  for (const path of [root, bin, worker, ownBundle]) own(path, account);
  return { root, worker, bundle: ownBundle, temporary: given === undefined };
}

/** Copies by renaming, so that two runs may share a root: a file that is still written to cannot be executed. */
function place(from: string, to: string): void {
  const part = `${to}.${process.pid}`;
  copyFileSync(from, part, constants.COPYFILE_FICLONE);
  chmodSync(part, 0o755);
  renameSync(part, to);
}

/**
 * Makes the work directory, the account's own.
 * @throws UsageError when the account could not write the workspace: better than a step that fails without saying why.
 */
export function prepareDirectories(work: string, workspace: string, account: Account): void {
  if (!existsSync(workspace)) throw new UsageError(`--workspace: ${workspace} does not exist`);
  const { uid, mode } = statSync(workspace);
  if (account.switched && account.uid !== 0 && uid !== account.uid && (mode & 0o002) === 0) {
    throw new UsageError(`--workspace: ${workspace} does not belong to ${account.name}: chown it first`);
  }
  for (const directory of [work, join(work, "_temp"), join(work, "_actions"), join(work, "_tool")]) {
    mkdirSync(directory, { recursive: true });
    own(directory, account);
  }
  if (!account.switched) accessSync(work, constants.W_OK);
}

function own(path: string, account: Account): void {
  if (account.switched) chownSync(path, account.uid, account.gid);
}
