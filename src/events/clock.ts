/** The kernel's boot clock and the wall clock. */
import { readFileSync } from "node:fs";

/**
 * Wall clock minus boot clock, in milliseconds. `process.hrtime` is CLOCK_MONOTONIC, which stands still while the
 * machine sleeps; /proc/uptime is CLOCK_BOOTTIME, cut to 10 ms. They differ by whole sleeps or not at all.
 */
export function bootClockOffset(): number {
  const uptime = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
  const monotonic = Number(process.hrtime.bigint()) / 1e6;
  const slept = uptime - monotonic;
  return Date.now() - (slept > 50 ? uptime + 5 : monotonic);
}

/** @param boot nanoseconds since boot @param offset of `bootClockOffset` */
export function wallTime(boot: bigint, offset: number): string {
  const ms = Number(boot) / 1e6 + offset;
  // a time no clock has comes from bytes that are no event's
  return new Date(Math.abs(ms) < 8.64e15 ? ms : 0).toISOString();
}
