/**
 * `{name}` in an act's words. With the guard, monitor, agent, pin and state are the session's own; in the control, where
 * there is no session, they are a stand-in of the same kind, fresh for each act, since the act takes it apart.
 */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { loopDisk, moduleFile } from "./machine.ts";
import { cgroupMount, type Outside, pinMap, standInDirectory, type Victim } from "./outside.ts";
import { MODULES, READ, SOCKETS } from "./places.ts";
import { BPFFS, guardPid, sessionDirectory, sessionPin } from "./session-state.ts";

export interface World {
  readonly guarded: boolean;
  readonly outside: Outside;
  /** A process of the same user as the acts. */
  readonly victim: Victim;
}

/** The dynamic loader that programs of this machine name. */
function loader(): string {
  for (const directory of ["/lib64", "/lib"]) {
    const name = existsSync(directory)
      ? readdirSync(directory).find((entry) => /^ld-linux-.*\.so\.\d$/.test(entry))
      : undefined;
    if (name !== undefined) return `${directory}/${name}`;
  }
  throw new Error("no dynamic loader in /lib64 and /lib");
}

async function value(name: string, world: World): Promise<string> {
  switch (name) {
    case "victim":
      return String(world.victim.pid);
    case "address":
      return String(world.victim.address);
    case "loader":
      return loader();
    case "cgroups":
      return cgroupMount();
    case "bpffs":
      return BPFFS;
    case "state":
      return world.guarded ? sessionDirectory() : standInDirectory();
    case "states":
      return path.dirname(world.guarded ? sessionDirectory() : standInDirectory());
    case "mountpoint":
      return `${READ}/mount`;
    case "disk":
      return loopDisk();
    case "module":
      return moduleFile(MODULES.spare);
    case "renewed":
      // what is renewed is a socket: another one has its name
      await world.outside.sockets([["stream", SOCKETS.bus]]);
      return SOCKETS.bus;
    case "pin":
      return world.guarded ? sessionPin() : pinMap("control");
    case "monitor":
    case "agent":
      return String(world.guarded ? guardPid(name) : (await world.outside.victim("root")).pid);
    default:
      throw new Error(`no such placeholder: {${name}}`);
  }
}

/** The act's words with every placeholder replaced. */
export async function fillIn(words: readonly string[], world: World): Promise<readonly string[]> {
  const filled: string[] = [];
  for (const word of words) {
    let text = word;
    for (const [whole, name = ""] of word.matchAll(/\{([a-z]+)\}/g))
      text = text.replace(whole, await value(name, world));
    filled.push(text);
  }
  return filled;
}
