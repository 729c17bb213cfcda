/** The workloads of the study: steady, changing, bursty, idle, with long tasks, and with makes that are slow or fail. */
import type { Pattern } from "./simulate.ts";

type Random = () => number;

const exponential =
  (meanMs: number) =>
  (random: Random): number =>
    -meanMs * Math.log(1 - random());
const exactly = (ms: number) => (): number => ms;

/** Most tasks are short and a few long: lognormal with sigma 1.5. */
const longTailed =
  (meanMs: number) =>
  (random: Random): number => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return meanMs * Math.exp(1.5 * normal - 1.125);
  };

const everyS = (nowMs: number, periodS: number): number => (nowMs / 1_000) % periodS;
const sine = (nowMs: number, low: number, high: number, periodS: number): number =>
  low + ((high - low) * (1 - Math.cos((2 * Math.PI * nowMs) / 1_000 / periodS))) / 2;

/** `busy` services on average, by tasks of `taskMs`. */
const minutes = 60_000;
const short = { taskMs: exponential(10), makeMs: exactly(50) };

function steady(name: string, busy: number, more: Partial<Pattern> & { meanMs?: number } = {}): Pattern {
  const rate = busy / (more.meanMs ?? 10) / (more.batch ?? 1);
  return { name, forMs: 6 * minutes, warmMs: minutes, rate: () => rate, maxRate: rate, ...short, ...more };
}

function changing(
  name: string,
  busy: (nowMs: number) => number,
  most: number,
  more: Partial<Pattern> & { meanMs?: number } = {},
): Pattern {
  const meanMs = more.meanMs ?? 10;
  return {
    name,
    forMs: 6 * minutes,
    warmMs: minutes,
    rate: (nowMs) => busy(nowMs) / meanMs,
    maxRate: most / meanMs,
    ...short,
    ...more,
  };
}

const spikes = (nowMs: number): number => (everyS(nowMs, 15) < 1 ? 20 : 2);

export const patterns: readonly Pattern[] = [
  steady("0.2 busy", 0.2),
  steady("1 busy", 1),
  steady("5 busy", 5),
  steady("50 busy", 50),
  steady("200 busy", 200, { forMs: 3 * minutes }),
  changing("sine of 1 to 19 busy in 60 s", (nowMs) => sine(nowMs, 1, 19, 60), 19),
  changing("sine of 1 to 19 busy in 10 min", (nowMs) => sine(nowMs, 1, 19, 600), 19, { forMs: 40 * minutes }),
  changing("ramp of 1 to 100 busy in 2 min", (nowMs) => 1 + 99 * (everyS(nowMs, 120) / 120), 100),
  changing("spikes from 2 to 20 busy, 1 s of 15", spikes, 20),
  changing("spikes from 1 to 100 busy, 5 s of 120", (nowMs) => (everyS(nowMs, 120) < 5 ? 100 : 1), 100, {
    forMs: 20 * minutes,
  }),
  steady("30 at once, 3 times a s", 0.9 * 10, { batch: 30 }),
  changing("idle nights: 8 busy for 5 min of 30", (nowMs) => (everyS(nowMs, 1_800) < 300 ? 8 : 0), 8, {
    forMs: 95 * minutes,
    warmMs: 5 * minutes,
  }),
  steady("5 busy, long-tailed tasks", 5, { taskMs: longTailed(10) }),
  steady("5 busy, tasks of 1 ms", 5, { meanMs: 1, taskMs: exponential(1), forMs: 3 * minutes }),
  steady("5 busy, tasks of 2 s", 5, {
    meanMs: 2_000,
    taskMs: exponential(2_000),
    makeMs: exactly(500),
    forMs: 120 * minutes,
    warmMs: 5 * minutes,
  }),
  changing("sine of 1 to 19 busy in 10 min, tasks of 10 s", (nowMs) => sine(nowMs, 1, 19, 600), 19, {
    meanMs: 10_000,
    taskMs: exponential(10_000),
    makeMs: exactly(1_000),
    forMs: 240 * minutes,
    warmMs: 10 * minutes,
  }),
  steady("5 busy, makes of 5 s", 5, { makeMs: exactly(5_000), forMs: 20 * minutes }),
  changing("sine of 1 to 19 busy in 60 s, makes of 2 s", (nowMs) => sine(nowMs, 1, 19, 60), 19, {
    makeMs: exactly(2_000),
    forMs: 20 * minutes,
  }),
  changing("spikes from 2 to 20 busy, makes of 1 s", spikes, 20, { makeMs: exactly(1_000), forMs: 20 * minutes }),
  changing("sine of 1 to 19 busy in 60 s, 3 of 10 makes fail", (nowMs) => sine(nowMs, 1, 19, 60), 19, {
    makeFails: () => 0.3,
    forMs: 20 * minutes,
  }),
  changing("sine of 1 to 19 busy in 60 s, no make succeeds for 10 s of 50", (nowMs) => sine(nowMs, 1, 19, 60), 19, {
    makeFails: (nowMs) => (everyS(nowMs, 50) < 10 ? 1 : 0),
    forMs: 20 * minutes,
  }),
  steady("50 busy, 10 at once on a service", 50, { slots: 10 }),
  changing("sine of 10 to 190 busy in 60 s, 10 at once on a service", (nowMs) => sine(nowMs, 10, 190, 60), 190, {
    slots: 10,
  }),
];
