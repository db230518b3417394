/** Made-up readings, for tests. */
import { type PartBoot, type PartResults, partResultsOf } from "./readings.ts";

export const BOOT: PartBoot = {
  release: "6.12.107+deb13-amd64",
  readings: { node: [5, 5], main: [10, 11], "together idle": [79e6, 80e6], "together load": [81e6, 82e6] },
};

export const RESULTS: PartResults = partResultsOf({ part: "session", lsm: "stock", monitor: "d2d586a27dcca84e" }, [
  BOOT,
]);
