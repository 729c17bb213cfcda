// The example of tower (Rust): its workload in virtual time, and the figures of bal above tower's own.

import { list } from "@bal/discover";
import { constant, peakEwma, pendingRequests } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import { callAll, type Load, type Service } from "@bal/service";
import { seededRandom, virtualClock } from "@bal/service/testing";

type AddLoad = (inner: Service<number, number>) => Service<number, number> & Load;

/** The loads, with what tower 0.4.13 prints for each, over 20 seeds. */
export const loads: Readonly<Record<string, { layer(now: () => number): AddLoad; tower: readonly number[] }>> = {
  "peak EWMA": {
    layer: (now) => peakEwma({ defaultRttMs: 30, decayMs: 10_000, now }),
    tower: [4681, 19.47, 3, 60.2, 84.8, 330, 823, 20, 17.5, 13.4, 13.4, 13.4, 6.65, 6.65, 6.65, 1.83, 0.57],
  },
  pending: {
    layer: () => pendingRequests(),
    tower: [4844, 20.21, 3, 60.4, 85, 355, 881, 20, 17.4, 13.4, 13.4, 13.4, 6.65, 6.65, 6.65, 1.6, 0.83],
  },
  constant: {
    layer: () => constant(1),
    tower: [19024, 91.6, 8.6, 334, 503, 901, 990, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10],
  },
};

/** 100,000 requests, 500 in flight, over ten endpoints that take a uniform whole number of ms in [0, max). */
export async function run(layer: (now: () => number) => AddLoad, seed: number): Promise<number[]> {
  const clock = virtualClock();
  const random = seededRandom(seed);
  const addLoad = layer(clock.now);
  const latencies: number[][] = [];
  const endpoints = [1, 5, 10, 10, 10, 100, 100, 100, 500, 1000].map((max, index) => {
    const own: number[] = [];
    latencies[index] = own;
    const sleep = (ms: number) => clock.sleep(ms).then(() => own.push(ms));
    return addLoad({ ready: () => true, call: () => sleep(Math.floor(random() * max)) });
  });
  await using balanced = balance(list(endpoints), { picker: p2c({ random }) });
  const read = async () => {
    for await (const _ of callAll(balanced, Array(100_000).fill(0), { ordered: false, concurrency: 500 }));
    return clock.now();
  };
  const [wall] = await Promise.all([read(), clock.run()]);
  const sorted = latencies.flat().sort((a, b) => a - b);
  const mean = sorted.reduce((sum, ms) => sum + ms) / 1e5;
  const percentiles = [0.5, 0.9, 0.95, 0.99, 0.999].map((part) => sorted[part * 1e5] ?? 0);
  return [wall, mean, ...percentiles, ...latencies.map((own) => own.length / 1e3)];
}

console.log("                   wall  mean   p50   p90   p95   p99 p99.9  shares in %");
for (const [name, { layer, tower }] of Object.entries(loads)) {
  for (const [who, figures] of Object.entries({ bal: await run(layer, 1), tower })) {
    const cells = figures.map((figure) => figure.toFixed(figure < 100 ? 1 : 0).padStart(5));
    console.log(name.padEnd(10), who.padEnd(5), ...cells);
  }
}
