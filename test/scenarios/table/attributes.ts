/** Changes of a file that write nothing into it. */
import { ATTRIBUTE, GENERATIONS, WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const utimes: readonly EventPattern[] = [{ kind: "file", hooks: ["utimes"] }];

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `write/${id}`, act, expected: "deny", events };
}

const FILE = `${WRITE}/tree/file`;
const NEIGHBOUR = `${WRITE}/exact/neighbour`;

const xattr: readonly EventPattern[] = [{ kind: "file", hooks: ["xattr"] }];
const flags: readonly EventPattern[] = [{ kind: "file", hooks: ["flags"] }];
/** The file system here is a tmpfs, which has had attributes of the user's since 6.6. */
const noUserAttributes = { absentWhen: ["EOPNOTSUPP"] } as const;

export const attributes: readonly Scenario[] = [
  deny("utimes", utimes, "utimes", "then", FILE),
  deny("utimes-now", utimes, "utimes", "now", FILE),
  deny("utimes-by-descriptor", utimes, "by-descriptor", "utimes", FILE),
  deny("chmod-by-descriptor", [{ kind: "file", hooks: ["chmod"] }], "by-descriptor", "chmod", FILE),
  deny("chown-by-descriptor", [{ kind: "file", hooks: ["chown"] }], "by-descriptor", "chown", FILE),
  { ...deny("xattr", xattr, "xattr", "path", "user.act", FILE), ...noUserAttributes },
  { ...deny("xattr-by-descriptor", xattr, "xattr", "descriptor", "user.act", FILE), ...noUserAttributes },
  deny("access-list", xattr, "access-list", "set", FILE),
  deny("access-list-removed", xattr, "access-list", "remove", FILE),
  // not before 6.0
  { ...deny("flags", flags, "flags", "descriptor", FILE), absentWhen: ["ENOTTY"] },
  // from 6.17 on, without a descriptor
  { ...deny("flags-by-path", flags, "flags", "path", FILE), absentWhen: ["ENOSYS"] },
  { id: "write/access-list-of-neighbour", act: ["access-list", "set", NEIGHBOUR], expected: "allow", events: [] },
  {
    id: "write/utimes-of-neighbour",
    act: ["utimes", "then", NEIGHBOUR],
    expected: "allow",
    events: [],
  },
];

export const attributesAsRoot: readonly Scenario[] = [
  deny("xattr-as-root", xattr, "xattr", "path", "trusted.act", FILE),
  deny("xattr-removed", xattr, "xattr", "remove", ATTRIBUTE, `${WRITE}/tree/file-xattr`),
  deny("file-capability", xattr, "capability", FILE),
  {
    id: "guard/inode-generation",
    act: ["generation", GENERATIONS],
    expected: "deny",
    // where the machine's kernel mounts no ext4
    absentWhen: ["ENOTTY"],
    events: [{ kind: "guard", hooks: ["ioctl"] }],
  },
];
