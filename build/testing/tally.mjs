/** Counting what ran, in one place, so that nothing is counted as passed that did not run. */

/** @typedef {{ passed: number, failed: { name: string, why: string }[], skipped: { name: string, why: string }[] }} Tally */

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failed: [], skipped: [] });

/** @param {Tally} tally @param {string} name @param {string} why */
export const fail = (tally, name, why) => tally.failed.push({ name, why });

/** @param {Tally} tally @param {string} name @param {string} why */
export const skip = (tally, name, why) => tally.skipped.push({ name, why });

/** @param {Tally} into @param {Tally} from */
export function add(into, from) {
  into.passed += from.passed;
  into.failed.push(...from.failed);
  into.skipped.push(...from.skipped);
}

/** @param {Tally} tally */
const counted = (tally) => tally.passed + tally.failed.length + tally.skipped.length;

/** `12 passed, 0 failed`, and `, 1 skipped` when there are any. @param {Tally} tally */
export function summaryLine({ passed, failed, skipped }) {
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  return `${passed} passed, ${failed.length} failed${tail}`;
}

/** @param {number} milliseconds */
const duration = (milliseconds) => {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/**
 * @typedef {{ name: string, run: (tally: Tally) => Promise<void>, countsNothing?: boolean }} Stage
 *   `countsNothing`: it may find nothing to do, as preparation does; then it has no number.
 */

/** @param {Stage} stage @param {string} title @returns {Promise<Tally>} */
async function runStage(stage, title) {
  process.stdout.write(`\n== ${title}\n`);
  const started = Date.now();
  const tally = emptyTally();
  try {
    await stage.run(tally);
  } catch (error) {
    fail(tally, stage.name, error instanceof Error ? error.message : String(error));
  }
  if (counted(tally) === 0 && !stage.countsNothing) fail(tally, stage.name, "it ran nothing");
  for (const { name, why } of tally.failed) process.stdout.write(`FAILED ${name}: ${why}\n`);
  const result = stage.countsNothing && counted(tally) === 0 ? "done" : summaryLine(tally);
  process.stdout.write(`== ${stage.name}: ${result} (${duration(Date.now() - started)})\n`);
  return tally;
}

/**
 * Runs stages in their order, so many at a time; one that throws has failed, and the next runs all the same.
 * @param {Stage[]} stages
 * @param {number} [width] how many at a time
 * @returns {Promise<Tally>}
 */
export async function runStages(stages, width = 1) {
  const total = emptyTally();
  const left = [...stages.entries()];
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, stage] = next;
      add(total, await runStage(stage, `${index + 1}/${stages.length} ${stage.name}`));
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return total;
}

/** The end of the test command: every reason again, then the line that is the last. @param {Tally} tally */
export function printSummary(tally) {
  process.stdout.write("\n");
  for (const { name, why } of tally.skipped) process.stdout.write(`skipped ${name}: ${why}\n`);
  for (const { name, why } of tally.failed) process.stdout.write(`FAILED ${name}: ${why}\n`);
  if (tally.skipped.length > 0) process.stdout.write(`${tally.skipped.length} skipped, for the reasons above\n`);
  process.stdout.write(`${tally.passed} passed, ${tally.failed.length} failed\n`);
}
