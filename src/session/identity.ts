/** The user on whose behalf Warden runs, and acting as that user for a moment. Needs root. */
import { userInfo } from "node:os";

declare global {
  namespace NodeJS {
    interface Process {
      /** Missing in Node's types: initgroups(3), all groups of a user from the system's databases. */
      initgroups?(user: string | number, extraGroup: string | number): void;
    }
  }
}

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** All groups, the primary one among them. */
  readonly groups: readonly number[];
  readonly name: string;
  readonly home: string;
  readonly shell: string | null;
}

/**
 * A user as the system's own databases have it; a uid without an entry is itself, with `gid` and the home `/`.
 * @throws Error when the process may not change its identity
 */
export function identityOf(uid: number, gid: number): Identity {
  const mine = ownIdentity();
  try {
    // Looks the effective user up; as another one it could not come back.
    process.seteuid?.(uid);
    const { username, homedir, shell } = lookUp();
    process.seteuid?.(mine.uid);
    process.initgroups?.(username, gid);
    // Node counts the effective group among the groups.
    process.setegid?.(gid);
    return { uid, gid, groups: process.getgroups?.() ?? [gid], name: username, home: homedir, shell };
  } catch (error) {
    if (!(error instanceof UnknownUser)) throw error;
    return { uid, gid, groups: [gid], name: String(uid), home: "/", shell: null };
  } finally {
    become(mine);
  }
}

interface Effective {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

function ownIdentity(): Effective {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, groups: process.getgroups?.() ?? [] };
}

/** Back to what we were: the user first, who may set the rest. */
function become({ uid, gid, groups }: Effective): void {
  process.seteuid?.(uid);
  process.setegid?.(gid);
  process.setgroups?.([...groups]);
}

class UnknownUser extends Error {}

function lookUp() {
  try {
    return userInfo();
  } catch (error) {
    throw new UnknownUser("no entry", { cause: error });
  }
}

/**
 * Does something with files as the user, so that Warden reads and writes for nobody what that user may not.
 * `act` must not wait for anything: identity belongs to the whole process.
 */
export function asUser<Result>(user: Identity, act: () => Result): Result {
  const mine = ownIdentity();
  if (user.uid === mine.uid) return act();
  try {
    process.setgroups?.([...user.groups]);
    process.setegid?.(user.gid);
    process.seteuid?.(user.uid);
    return act();
  } finally {
    become(mine);
  }
}
