/** Whole jobs: what they are done with (work.ts makes it), and what they run. Pure. */

export interface WholeJob {
  readonly name: string;
  readonly what: string;
  /** Relative to the directory of all work. */
  readonly directory: string;
  readonly words: readonly string[];
  /** What it makes there, which is removed before the next. */
  readonly makes: string;
}

export const SIZES = {
  packages: 60,
  files: 15,
  modules: 120,
  sources: 200,
  tracked: 1000,
  commits: 20,
  small: 20_000,
} as const;
/** Without a session, and inside of one. */
export const TURNS = ["none", "governed"] as const;
export type Turn = (typeof TURNS)[number];

export const CACHE = "npm-cache";

/** @param typescript the compiler's `tsc.js` */
export function wholeJobs(typescript: string): readonly WholeJob[] {
  const npm = ["npm", "ci", "--offline", "--no-audit", "--no-fund", "--cache", `../${CACHE}`];
  return [
    {
      name: "npm-ci",
      what: `\`npm ci\` of ${SIZES.packages} packages from a warm cache`,
      directory: "npm",
      words: npm,
      makes: "node_modules",
    },
    {
      name: "typescript",
      what: `\`tsc\` of ${SIZES.modules} modules`,
      directory: "ts",
      words: ["node", typescript, "-p", "."],
      makes: "out",
    },
    {
      name: "c-build",
      what: `\`make\` of ${SIZES.sources} C files with gcc`,
      directory: "c",
      words: ["make", "-s"],
      makes: "out",
    },
    {
      name: "git-clone",
      what: `\`git clone\` of ${SIZES.tracked} files in ${SIZES.commits} commits`,
      directory: ".",
      words: ["git", "clone", "-q", "--no-local", "repo.git", "clone"],
      makes: "clone",
    },
    {
      name: "tar",
      what: "`tar` of 20,000 small files",
      directory: ".",
      words: ["tar", "-cf", "files.tar", "files"],
      makes: "files.tar",
    },
  ];
}
