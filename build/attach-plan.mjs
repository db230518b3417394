/** Every program of the guard with what it hooks and which classes need it, read from the sources. Pure. */

const CLASSES = {
  NETWORK: ["network"],
  EXEC: ["exec"],
  READ: ["read"],
  WRITE: ["write"],
  GUARD: ["guard"],
  CONTAINERS: ["containers"],
  FILES: ["read", "write"],
  ALL: ["network", "exec", "read", "write", "guard", "containers"],
};

/**
 * @typedef {object} Planned
 * @property {string} program its name, as the monitor tells it
 * @property {readonly string[]} classes that are not whole without it
 * @property {{ lsm: string, fmod_ret: string } | null} functions what it hooks by each flavour; null for cgroup and tracepoint programs
 */

/** @param {string} words e.g. `FILES | GUARD` @returns {string[]} */
function classesOf(words) {
  if (words === "0") return [];
  return words.split("|").flatMap((word) => {
    const name = word.trim();
    if (!(name in CLASSES)) throw new Error(`bpf/monitor/catalog.c: unknown class ${name}`);
    return CLASSES[/** @type {keyof typeof CLASSES} */ (name)];
  });
}

/**
 * The hooks: `HOOK(name)` or `HOOK_AS(lsm, security)`, and the function below, whatever conditions are between them.
 * @param {string} source of bpf/*.bpf.c @returns {Map<string, { lsm: string, fmod_ret: string }>}
 */
function hooksOf(source) {
  const found = new Map();
  for (const [, first = "", second = first, program = ""] of source.matchAll(
    /^HOOK(?:_AS)?\((\w+)(?:, (\w+))?\)\n(?:[#/ ].*\n)*int BPF_PROG\((\w+)/gm,
  )) {
    found.set(program, { lsm: `bpf_lsm_${first}`, fmod_ret: `security_${second}` });
  }
  return found;
}

/**
 * @param {string} monitor the text of bpf/monitor/catalog.c
 * @param {string} programs the texts of bpf/*.bpf.c
 * @returns {readonly Planned[]} without those that only a machine without hooks loads
 * @throws when the sources are not written as this expects
 */
export function planOf(monitor, programs) {
  const hooks = hooksOf(programs);
  const rows = [...monitor.matchAll(/^\t\{ "(\w+)", ([\w |]+), (true|false), (true|false) \},$/gm)];
  const plan = rows.map(([, program = "", classes = "", , caller]) => {
    const functions = hooks.get(program) ?? null;
    if ((functions !== null) !== (caller === "true")) {
      throw new Error(`bpf/monitor/catalog.c and bpf/*.bpf.c disagree on what ${program} is`);
    }
    return { program, classes: classesOf(classes), functions };
  });
  const written = [...programs.matchAll(/^(?:HOOK(?:_AS)?\(|SEC\("(?!license|\.maps))/gm)].length;
  if (plan.length !== written || plan.length === 0) {
    throw new Error(`bpf/monitor/catalog.c has ${plan.length} programs, bpf/*.bpf.c have ${written}`);
  }
  // Where the guard has its hooks, nothing is loaded in their place; and one is for kernels before 6.5.
  const [, substitutes = ""] = /^static const char \*const substitutes\[\] = \{(.*)\};$/m.exec(monitor) ?? [];
  return plan.filter(({ program }) => !substitutes.includes(`"${program}"`) && program !== "file_permission");
}
