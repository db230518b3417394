import { describe, expect, it } from "vitest";
import {
  bestChoice,
  compareVersions,
  mirrorFromSources,
  mirrorFromTemplate,
  packagePattern,
  parsePackages,
  pickKernel,
  suitesFor,
} from "./kernels.mjs";

const big = 50_000_000;

const image = (release: string, version: string, size = big) => ({
  name: `linux-image-${release}-amd64`,
  version,
  size,
});

describe("versions", () => {
  it("follow Debian's order", () => {
    const ordered = [
      "5.10.223-1",
      "6.1.170-3",
      "6.1.176-1~deb11u1",
      "6.1.176-1",
      "6.12.9-1",
      "6.12.107-1",
      "7.2~rc1-1",
      "7.2-1",
      "7.2.13-1",
    ];
    expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  });
});

describe("the choice of a kernel", () => {
  it("takes the highest version, and of one release the whole image", () => {
    const choice = pickKernel(
      [
        image("6.1.0-47", "6.1.170-3"),
        image("6.1.0-50", "6.1.176-1"),
        { ...image("6.1.0-50", "6.1.176-1"), name: "linux-image-6.1.0-50-amd64-unsigned" },
        image("6.12.107+deb13", "6.12.107-1"),
        image("6.1.0-60-cloud", "6.1.180-1"),
        image("6.1.0-60-rt", "6.1.180-1"),
        // A name that always means the latest one holds nothing itself.
        { name: "linux-image-6.1-amd64", version: "6.1.190-1", size: 1500 },
      ],
      "6.1",
      "amd64",
    );
    expect(choice?.release).toBe("6.1.0-50-amd64");
    expect(choice?.packages.map((item) => item.name)).toEqual(["linux-image-6.1.0-50-amd64-unsigned"]);
  });

  it("takes the three parts of a newer release, when all are there", () => {
    const part = (kind: string, release: string, version: string) => ({
      name: `linux-${kind}-${release}-amd64`,
      version,
      size: big,
    });
    const choice = pickKernel(
      [
        image("7.2.13+deb14", "7.2.13-1", 1892),
        part("binary", "7.2.13+deb14", "7.2.13-1"),
        part("modules", "7.2.13+deb14", "7.2.13-1"),
        part("base", "7.2.13+deb14", "7.2.13-1"),
        part("modules", "7.3.4+deb13", "7.3.4-1"),
      ],
      "newest",
      "amd64",
    );
    expect(choice?.release).toBe("7.2.13+deb14-amd64");
    expect(choice?.packages.map((item) => item.name)).toEqual([
      "linux-binary-7.2.13+deb14-amd64",
      "linux-modules-7.2.13+deb14-amd64",
      "linux-base-7.2.13+deb14-amd64",
    ]);
  });

  it("takes the newest of all suites that were asked, and the first suite's when there is nothing between them", () => {
    const [sid, backports] = [
      { suite: "sid", version: "7.2.13-1" },
      { suite: "trixie-backports", version: "7.3.4-1~bpo13+1" },
    ];
    expect(bestChoice([sid, backports])).toBe(backports);
    expect(bestChoice([backports, sid])).toBe(backports);
    expect(bestChoice([sid, { ...sid, suite: "other" }])).toBe(sid);
    expect(suitesFor("newest")).toContain("trixie-backports");
  });

  it("finds a kernel nobody has named before where old ones are kept", () => {
    expect(suitesFor("6.19")).toContain("trixie-backports");
    expect(suitesFor("5.10")).toEqual(["bullseye"]);
  });

  it("knows when there is none", () => {
    expect(pickKernel([image("6.1.0-50", "6.1.176-1")], "6.12", "amd64")).toBeUndefined();
  });

  it("is the architecture's own, and no kernel with larger pages", () => {
    const all = ["6.12.107+deb13-arm64", "6.12.107+deb13-arm64-16k", "6.12.108+deb13-cloud-arm64"].flatMap((release) =>
      ["", "-unsigned"].map((more) => ({ name: `linux-image-${release}${more}`, version: "6.12.107-1", size: big })),
    );
    const choice = pickKernel([image("6.12.109+deb13", "6.12.109-1"), ...all], "newest", "arm64");
    expect(choice?.release).toBe("6.12.107+deb13-arm64");
    expect(choice?.packages.map((item) => item.name)).toEqual(["linux-image-6.12.107+deb13-arm64-unsigned"]);
    expect(all.filter(({ name }) => new RegExp(packagePattern("arm64")).test(name)).length).toBe(4);
  });

  it("reads apt-cache's stanzas", () => {
    const text =
      "Package: linux-image-6.1.0-50-amd64\nVersion: 6.1.176-1\nDescription: x\n Version: no\nSize: 70\n\nPackage: broken\n";
    expect(parsePackages(text)).toEqual([{ name: "linux-image-6.1.0-50-amd64", version: "6.1.176-1", size: 70 }]);
  });
});

describe("the machine's Debian mirror", () => {
  it("is read from one-line sources", () => {
    const text =
      "# deb http://old.example/debian sid main\ndeb [arch=amd64 trusted=yes] http://m.example/debian/ bookworm main contrib\n";
    expect(mirrorFromSources(text)).toBe("http://m.example/debian/");
  });

  it("is read from deb822 sources", () => {
    const text =
      "Types: deb\nURIs: http://m.example/debian-security\nSuites: bookworm-security\nComponents: main\n\n" +
      "Types: deb deb-src\n# http://s.example/debian\nURIs: http://m.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n";
    expect(mirrorFromSources(text)).toBe("http://m.example/debian");
  });

  it("is not somebody else's repository, nor another distribution's", () => {
    const text =
      "deb https://docker.example/linux/debian bookworm stable\n" +
      "deb http://a.example/ubuntu noble main\n\nTypes: deb\nURIs: https://n.example/debian\nSuites: nodistro\nComponents: main\n";
    expect(mirrorFromSources(text)).toBeUndefined();
  });

  it("is known to apt's template", () => {
    expect(mirrorFromTemplate("Suite: sid\nBaseURI: https://m.example/debian/\n")).toBe("https://m.example/debian/");
  });
});
