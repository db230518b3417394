import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LeaseChange } from "./leases.ts";
import { Names } from "./names.ts";
import type { Resolution, Resolve } from "./resolve.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const found = (address: string, ttl = 60): Resolution => ({ ok: true, answers: [{ address, ttl }] });

function keep(hosts: readonly string[], resolve: Resolve) {
  const told: LeaseChange[] = [];
  const names = new Names({ hosts, resolve, onChange: (changes) => told.push(...changes), now: () => Date.now() });
  return { names, told };
}

test("starts when all names have answered, and asks again in time", async () => {
  const resolve = vi.fn<Resolve>(async () => found("192.0.2.1"));
  const { names, told } = keep(["a.example", "b.example"], resolve);
  await names.start(5000);
  expect(told.map((change) => change.host)).toEqual(["a.example", "b.example"]);
  await vi.advanceTimersByTimeAsync(47_000);
  expect(resolve).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(2000);
  expect(resolve).toHaveBeenCalledTimes(4);
  names.stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(resolve).toHaveBeenCalledTimes(4);
});

test("does not wait for a server that is silent; its names come later", async () => {
  let late: ((resolution: Resolution) => void) | undefined;
  const resolve: Resolve = (host) =>
    host === "slow.example" ? new Promise((done) => (late = done)) : Promise.resolve(found("192.0.2.1"));
  const { names, told } = keep(["slow.example", "a.example"], resolve);
  const started = names.start(5000);
  await vi.advanceTimersByTimeAsync(5000);
  await started;
  expect(told.map((change) => change.host)).toEqual(["a.example"]);
  late?.(found("192.0.2.2"));
  await vi.advanceTimersByTimeAsync(1);
  expect(told.map((change) => change.host)).toEqual(["a.example", "slow.example"]);
  names.stop();
});

test("asks for many names a few at a time", async () => {
  let asking = 0;
  let most = 0;
  const resolve: Resolve = async () => {
    most = Math.max(most, ++asking);
    await new Promise((done) => setTimeout(done, 10));
    asking--;
    return found("192.0.2.1");
  };
  const hosts = Array.from({ length: 200 }, (_, i) => `h${i}.example`);
  const { names, told } = keep(hosts, resolve);
  const started = names.start(5000);
  await vi.advanceTimersByTimeAsync(200);
  await started;
  expect(told).toHaveLength(200);
  expect(most).toBe(32);
  names.stop();
});
