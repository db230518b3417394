/** What steps of the jobs do. Pure. */
import { LIST, READ } from "../../places.ts";
import { LINKED, ON_POST, PRELOADED, treeOf } from "./places.ts";
import { type StepText, WAIT } from "./workflow.ts";

export const DENIED = `${READ}/exact/key`;

/** What any build does. */
export const honest: StepText = {
  id: "honest",
  run: `"$TRY" honest open read ${READ}/exact/neighbour; echo built >built.txt`,
};

/** Reads what the policy denies, and passes over the refusal. */
export const reads = (id: string): StepText => ({ id, run: `"$TRY" ${id} open read ${DENIED}` });

/** Tells who the Worker is, and waits for us, with a process beside it that nobody waits for. */
export const waits: StepText = {
  id: "waits",
  run: `sleep 900 >/dev/null 2>&1 </dev/null & echo "worker $PPID
step $$
beside $!" >>"$RECORD"; ${WAIT}`,
};

/** Stops the Worker; continued at once where that works, since nobody else would. */
export const stopsWorker: StepText = {
  id: "stops-worker",
  run: '"$TRY" worker-stop signal kill $PPID 19; kill -CONT $PPID || true',
};

export const endsWorker: StepText = { id: "ends-worker", run: '"$TRY" worker-kill signal pidfd $PPID 9' };

/** Writes where the reports will be, and puts the directory out of the way. */
export function forgesReports(job: string): StepText {
  const { reports, beside } = treeOf(job);
  const run = `"$TRY" report-create open create ${reports}/report.json
"$TRY" report-link symlink ${LIST}/open/report ${reports}/summary.md
"$TRY" report-mkdir mkdir ${reports}/events.jsonl
"$TRY" report-chmod chmod ${reports}
"$TRY" report-rename rename ${reports} ${beside}/other
"$TRY" report-beside rename ${beside} ${beside}-away
[ ! -d ${beside}-away ] || mv ${beside}-away ${beside}`;
  return { id: "forges-reports", run };
}

/** A process that outlives its step and reaches for the post. Has none of the step's pipes. */
export const lurks = (script: string): StepText => ({
  id: "lurks",
  run: `setsid ${ON_POST} $PPID ${script} >/dev/null 2>&1 </dev/null &`,
});

/** Brings code into every later program, to act in the one that runs this script. */
export const preloads = (script: string): StepText => ({
  id: "preloads",
  run: `printf '%s\\n' HOOKED_preload=${script} LD_PRELOAD=${PRELOADED} >>"$GITHUB_ENV"`,
});

/** The same, in the loader's own way to be watched. */
export const audits = (script: string): StepText => ({
  id: "audits",
  run: `printf '%s\\n' HOOKED_preload=${script} LD_AUDIT=${PRELOADED} >>"$GITHUB_ENV"`,
});

/** The same, as a provider of OpenSSL's, which Node asks for by itself. */
export const configures = (script: string): StepText => ({
  id: "configures",
  run: `cat >openssl.cnf <<'END'
nodejs_conf = begin
[begin]
providers = providers
[providers]
hooked = hooked
[hooked]
module = ${PRELOADED}
activate = 1
END
printf '%s\\n' HOOKED_preload=${script} "OPENSSL_CONF=$PWD/openssl.cnf" >>"$GITHUB_ENV"`,
});

/** The same by the name of a library that Node links to, in a directory made by the job. */
export const links = (script: string): StepText => ({
  id: "links",
  run: `mkdir libraries; cp ${LINKED} libraries/libdl.so.2
printf '%s\\n' HOOKED_library=${script} "LD_LIBRARY_PATH=$PWD/libraries" >>"$GITHUB_ENV"`,
});
