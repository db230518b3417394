import { describe, expect, test } from "vitest";
import { loadPolicy } from "../policy/load.ts";
import { type Machine, policyFrames } from "./rules-to-frames.ts";

const context = { home: "/home/u", workspace: "/w", temp: "/t" };
const everywhere: Machine = { nameservers: [], hasDirectory: () => true };

function compile(text: string, machine = everywhere) {
  const result = loadPolicy({ file: "p.toml", text: `version = 1\n${text}`, context });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return policyFrames(result.policy, machine);
}

const denied = (text: string, machine = everywhere) =>
  [...compile(text, machine).paths].map(({ frame }) => frame.toString("utf8", 16).replace("\0", ""));
const addresses = (text: string, machine = everywhere) =>
  compile(text, machine).addresses.map(
    ({ rule }) => `${rule.effect} ${[...rule.addr].join(".")}/${rule.prefix}:${rule.port}`,
  );

describe("services outside the job", () => {
  test("are shut when the policy says nothing", () => {
    expect(denied("")).toEqual(expect.arrayContaining(["/run/systemd/private", "/var/spool/cron"]));
    expect(addresses("")).toEqual(
      expect.arrayContaining(["1 169.254.0.0/16:0", "1 127.0.0.0/8:22", "1 169.254.169.254/32:0"]),
    );
  });

  test("stay open when it says so, or does without the guard class", () => {
    const open = '[privilege]\nservices = "allow"\n[containers]\naccess = "allow"';
    for (const text of [open, '[process]\nmemory = "allow"']) {
      expect(denied(text)).toEqual([]);
      expect(addresses(text)).toEqual([]);
    }
  });

  test("of which the machine has no directory need no rule", () => {
    const machine = { nameservers: [], hasDirectory: (path: string) => path === "/etc" };
    expect(denied("", machine)).toEqual(expect.arrayContaining(["/etc/cron.d", "/etc/crontab"]));
    expect(denied("", machine)).not.toContain("/run/systemd/private");
  });
});

describe("what says which addresses a name has", () => {
  const named = '[network]\ndefault = "deny"\nallow = ["a.example:443"]';

  test("is shut where names open addresses", () => {
    expect(denied(named)).toEqual(expect.arrayContaining(["/etc/hosts", "/etc/resolv.conf", "/etc/dnsmasq.d"]));
    for (const text of [
      "",
      '[network]\ndefault = "deny"\nallow = ["10.0.0.0/8:443"]',
      '[network]\ndefault = "allow"\ndeny = ["a.example:443"]',
      `${named}\n[privilege]\nservices = "allow"`,
    ])
      expect(denied(text)).not.toContain("/etc/hosts");
  });

  test("gives way to an allow of just this file", () => {
    const open = denied(`${named}\n[files.write]\nallow = ["/etc/hosts", "/etc/**"]`);
    expect(open.filter((path) => path === "/etc/hosts")).toHaveLength(1);
    expect(open).toContain("/etc/resolv.conf");
  });
});

describe("container runtimes", () => {
  test("are shut by containers, and by sudo: their group is root by another name", () => {
    expect(denied("")).not.toContain("/run/docker.sock");
    expect(denied("")).toContain("/run/containerd/containerd.sock");
    expect(denied("")).toEqual(
      expect.arrayContaining(["/run/podman/podman.sock", "/run/user/1001/podman/podman.sock"]),
    );
    expect(denied('[containers]\naccess = "allow"')).not.toContain("/run/containerd/containerd.sock");
    expect(denied('[containers]\naccess = "allow"')).not.toContain("/run/podman/podman.sock");
    expect(denied('[containers]\naccess = "deny"')).toContain("/run/docker.sock");
    expect(denied('[privilege]\nsudo = "deny"')).toContain("/run/docker.sock");
  });
});

describe("link-local addresses", () => {
  test("give way to an allow of their own, not to one of everything", () => {
    const some = '[network]\ndefault = "deny"\nallow = ["169.254.169.254:80"]';
    expect(addresses(some)).toContain("0 169.254.169.254/32:80");
    expect(addresses(some)).not.toContain("1 169.254.0.0/16:0");
    expect(addresses('[network]\ndefault = "deny"\nallow = ["0.0.0.0/0"]')).toContain("1 169.254.0.0/16:0");
  });

  test("give way to the machine's resolver, but the metadata services do not", () => {
    const sent = addresses('[network]\ndefault = "deny"\nallow = ["a.example:443"]', {
      nameservers: ["169.254.169.253"],
      hasDirectory: () => false,
    });
    expect(sent).not.toContain("1 169.254.0.0/16:0");
    expect(sent).toContain("1 169.254.169.254/32:0");
  });
});

test("a door has the same id whatever the machine has", () => {
  const ids = (machine: Machine) => compile("", machine).rules;
  expect(ids(everywhere)).toEqual(ids({ ...everywhere, hasDirectory: () => false }));
});
