/**
 * Paths and texts without what changes from run to run, so that the same act has the same sentence and the same
 * fingerprint tomorrow: process ids, random names of temporary files, GUIDs, times.
 */

const GUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** `2026-11-20T14_31_32_474Z`, as npm names its logs, and the ISO forms. */
const TIME = /\d{4}-\d\d-\d\dT\d\d[:_.-]?\d\d[:_.-]?\d\d([:_.,-]?\d{1,9})?Z?/g;
/** Directories where names are made up: what lies below is looked at segment by segment. */
const TEMPORARY = /^(\/tmp|\/var\/tmp|\/dev\/shm|\/run\/user\/\d+|.*?\/_temp)(?=\/|$)/;

export function normalisePath(path: string): string {
  const plain = normaliseText(path)
    .replace(/^\/proc\/\d+(?=\/|$)/, "/proc/<pid>")
    .replace(/^(\/proc\/[^/]+\/task)\/\d+(?=\/|$)/, "$1/<tid>")
    .replace(/^(\/proc\/[^/]+(?:\/task\/[^/]+)?\/fd(?:info)?)\/\d+$/, "$1/<fd>")
    .replace(/^\/dev\/pts\/\d+$/, "/dev/pts/<n>")
    .replace(/^((?:\/run|\/var\/lib)\/warden)\/[a-z0-9]{10}(?=\/|$)/, "$1/<session>")
    .replace(/^(socket|pipe|anon_inode):\[\d+\]$/, "$1:[<inode>]");
  const root = TEMPORARY.exec(plain)?.[0];
  if (root === undefined) return plain;
  const segments = plain.slice(root.length).split("/").map(normaliseTemporary);
  return root.replace(/\d+$/, "<uid>") + segments.join("/");
}

/** Any text that is not a path: no GUIDs, no times, no `pid 1234`. */
export function normaliseText(text: string): string {
  return text
    .replace(GUID, "<guid>")
    .replace(TIME, "<time>")
    .replace(/\b(pid|tid|tgid)([ =:]+)\d+\b/gi, "$1$2<n>");
}

/** One segment of a temporary path. What mkdtemp, mktemp and tempfile make up is replaced, a plain word stays. */
function normaliseTemporary(segment: string): string {
  return segment
    .replace(/^tmp[a-z0-9_]{8}(?![A-Za-z0-9_])/, "tmp<random>")
    .replace(/[A-Za-z0-9]{6,}/g, (run) => (looksRandom(run) ? "<random>" : run))
    .replace(/\d{3,}/g, "<n>");
}

/** Letters and digits in turns, or capitals inside a word: `x7Kq2P`, `AbCdEf`, `0f3a9c17`; not `payload`, `README`, `node20`. */
function looksRandom(run: string): boolean {
  if (/^\d+$/.test(run)) return false;
  const turns = run.match(/\d+|\D+/g)?.length ?? 0;
  const capitalsInside = (run.match(/[a-z\d][A-Z]/g) ?? []).length;
  return turns > 2 || capitalsInside > 1 || (turns === 2 && capitalsInside > 0) || /^(?=.*\d)[0-9a-f]{8,}$/.test(run);
}
