/**
 * The shape of a policy file, once: the loader validates with it and editors get it as JSON Schema
 * (`json-schema.ts`). What a string means (an endpoint, a path) is decided by `endpoint.ts` and `path.ts`.
 */
import * as v from "valibot";

const effect = v.picklist(["allow", "deny"]);
const endpoint = v.string();
const path = v.string();

const optionalDefault = v.exactOptional(
  v.pipe(
    effect,
    v.description(
      "What happens when no rule matches. Left out: deny when the section has `allow`, otherwise allow (files.delete: what files.write decides).",
    ),
  ),
);

function lists<const Item extends v.GenericSchema<string>>(item: Item, what: string) {
  return {
    allow: v.exactOptional(v.pipe(v.array(item), v.description(`Allowed ${what}. An empty list allows nothing.`))),
    deny: v.exactOptional(v.pipe(v.array(item), v.description(`Denied ${what}. Deny beats allow.`))),
  };
}

const ENDPOINTS = "endpoints: host, host:port, host:port/tcp, an address or a prefix";
const LOCAL_ENDPOINTS = "endpoints of this machine: *:port, *:port/tcp, an address or a prefix, with a port or without";
const PATHS = "paths: an exact path, a subtree dir/**, or a name anywhere **/name";

const listen = v.pipe(
  v.strictObject({ default: optionalDefault, ...lists(endpoint, LOCAL_ENDPOINTS) }),
  v.description("Where processes may listen: accept connections, and bind sockets for datagrams to a port."),
);

const network = v.pipe(
  v.strictObject({
    default: optionalDefault,
    ...lists(endpoint, ENDPOINTS),
    listen: v.exactOptional(listen),
    configure: v.exactOptional(
      v.pipe(
        effect,
        v.description(
          "Changing this machine's network as root: routes, tunnels, packet filters. Left out: deny when the section says anything else.",
        ),
      ),
    ),
  }),
  v.description("Where processes may connect and send to."),
);
const fileSection = (what: string) =>
  v.pipe(v.strictObject({ default: optionalDefault, ...lists(path, PATHS) }), v.description(what));

const exec = v.pipe(
  v.strictObject({
    default: optionalDefault,
    ...lists(path, PATHS),
    memfd: v.exactOptional(
      v.pipe(
        effect,
        v.description("Running programs from anonymous memory. Left out: deny when the default of exec is deny."),
      ),
    ),
  }),
  v.description("Which files may be run or mapped as code."),
);

const files = v.pipe(
  v.strictObject({
    read: v.exactOptional(fileSection("Which files may be opened for reading.")),
    write: v.exactOptional(fileSection("Which files may be written, created or renamed to.")),
    delete: v.exactOptional(fileSection("Which files may be deleted or renamed away.")),
  }),
  v.description("Which files may be read, written and deleted."),
);

const process = v.pipe(
  v.strictObject({
    memory: v.exactOptional(
      v.pipe(
        effect,
        v.description("Memory of processes outside the session, Runner.Worker above all. Left out: deny."),
      ),
    ),
    signals: v.exactOptional(
      v.pipe(
        effect,
        v.description(
          "Signals to processes outside the session. Left out: allow. Runner.Worker and the guard are kept from them always.",
        ),
      ),
    ),
  }),
  v.description("Reaching into other processes."),
);

const privilege = v.pipe(
  v.strictObject({
    sudo: v.exactOptional(
      v.pipe(
        effect,
        v.description("Programs that make an ordinary user root, and sockets of container runtimes. Left out: allow."),
      ),
    ),
    services: v.exactOptional(
      v.pipe(
        effect,
        v.description(
          "Services outside the job that act there for whoever asks: systemd, D-Bus, cron, at, udev, ssh to this machine, the metadata addresses of clouds. Left out: what process.memory says.",
        ),
      ),
    ),
  }),
  v.description("Ways to rights that the job was not given."),
);

const step = v.strictObject({
  network: v.exactOptional(network),
  exec: v.exactOptional(exec),
  files: v.exactOptional(files),
  process: v.exactOptional(process),
});

export const PolicySchema = v.pipe(
  v.strictObject({
    version: v.exactOptional(v.pipe(v.literal(1), v.description("Version of the policy format."))),
    mode: v.exactOptional(
      v.pipe(v.picklist(["audit", "enforce"]), v.description("audit (the default) records what enforce would refuse.")),
    ),
    extends: v.exactOptional(
      v.pipe(
        v.array(v.string()),
        v.description("Policies to start from: a built-in preset (github-hosted, node) or ./file.toml."),
      ),
    ),
    network: v.exactOptional(network),
    exec: v.exactOptional(exec),
    files: v.exactOptional(files),
    process: v.exactOptional(process),
    privilege: v.exactOptional(privilege),
    containers: v.exactOptional(
      v.pipe(
        v.strictObject({ access: v.exactOptional(v.picklist(["govern", "deny", "allow"])) }),
        v.description(
          "govern: containers that are started during the job are guarded as the job is. deny: the sockets of container runtimes cannot be reached. allow: containers are not guarded. Left out: govern, or allow when process.memory is allow.",
        ),
      ),
    ),
    steps: v.exactOptional(
      v.pipe(
        v.record(v.string(), step),
        v.description("PLANNED: overrides for the step with this id. Refused, so that nothing is ignored silently."),
      ),
    ),
  }),
  v.title("Warden policy"),
  v.description("What a job guarded by Warden may do."),
);

export type PolicyFile = v.InferOutput<typeof PolicySchema>;
