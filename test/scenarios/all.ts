/** Every scenario there is, in the order in which they run. Pure: nothing is started by importing it. */
import { action } from "./lifecycle/action.ts";
import { badInput } from "./lifecycle/bad-input.ts";
import { containers } from "./lifecycle/containers.ts";
import { deniedNames } from "./lifecycle/denied-name.ts";
import { end } from "./lifecycle/end.ts";
import { failure } from "./lifecycle/failure.ts";
import { load } from "./lifecycle/load.ts";
import { opener } from "./lifecycle/opener.ts";
import { passThrough } from "./lifecycle/pass-through.ts";
import { podmanStays } from "./lifecycle/podman.ts";
import { posture } from "./lifecycle/posture.ts";
import { preempting } from "./lifecycle/preempting.ts";
import { sigio } from "./lifecycle/sigio.ts";
import type { LifecycleScenario } from "./scenario.ts";
import { sessions } from "./table/sessions.ts";

export const lifecycles: readonly LifecycleScenario[] = [
  posture,
  preempting,
  sigio,
  opener,
  ...deniedNames,
  ...end,
  ...failure,
  ...load,
  ...passThrough,
  ...badInput,
  ...action,
  ...containers,
  podmanStays,
];

/** Their ids: the rows of docs/compliance-suite.md. */
export const ids: readonly string[] = [...sessions.flatMap((session) => session.scenarios), ...lifecycles].map(
  (scenario) => scenario.id,
);
