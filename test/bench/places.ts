/** Paths of the machine that measures, as ops.h has them. */

export const BENCH = "/bench";
const DEEP_1 = `${BENCH}/1`;
const DEEP_4 = `${DEEP_1}/2/3/4`;
const DEEP_5 = `${DEEP_4}/5`;
const DEEP_11 = `${DEEP_5}/6/7/8/9/10/11`;
const DEEP_12 = `${DEEP_11}/12`;

/** 1, 5 and 12 directories deep: with a `file` in it. */
export const DIRECTORIES = [DEEP_1, DEEP_5, DEEP_12] as const;

export const PLACES = {
  bench: BENCH,
  /** What the operations on files and programs are done in. */
  home: DEEP_5,
  /** A directory with 1,000 files. */
  many: `${DEEP_5}/many`,
  /** Program and libraries of the dynamic program. */
  libraries: `${BENCH}/lib`,
  ops: `${BENCH}/ops`,
  floor: `${BENCH}/floor`,
  /** The scenarios' program, which makes many files. */
  acts: `${BENCH}/acts`,
  /** The guard's object, which tells \`floor\` what it attaches to. */
  object: `${BENCH}/object`,
  /** Files that the policies' rules are about, and nothing that is measured. */
  rules: `${BENCH}/rules`,
  /** Of the processes that measure outside of a session. */
  cgroup: "/sys/fs/cgroup/bench",
} as const;

/** What every policy denies: in directories as deep as those above. */
export const DENIED = {
  files: [`${BENCH}/denied/file`, `${DEEP_4}/denied/file`, `${DEEP_11}/denied/file`],
  program: `${DEEP_4}/denied/static`,
  /** Where nothing may be written. */
  tree: `${DEEP_4}/denied`,
  address: "127.9.9.9",
} as const;

/** Whose rights the operations are done with: the user `runner`. */
export const USER = 1001;
