/** How long a pool takes from a burst to the right size: in virtual time, since only the rule and the makes count. */
import { staffing, towerSizing } from "@bal/pool";
import { simulate } from "../sizing/simulate.ts";

const burstAtMs = 30_000;
const taskMs = 10;
const [before, after] = [2, 20];
/** What keeps the busy ones and a reserve of the root of them. */
const rightSize = Math.ceil(after + Math.sqrt(after));
const seeds = Array.from({ length: 11 }, (_, index) => index + 1);

/** Medians, in ms from the burst to the first moment with the right size and nobody waiting. */
export function fromBurstToRightSize(): void {
  for (const makeMs of [0, 50]) {
    for (const [name, sizing] of [
      ["staffing", staffing()],
      ["towerSizing", towerSizing()],
    ] as const) {
      const times = seeds.map((seed) => {
        const pattern = {
          name,
          forMs: burstAtMs + 60_000,
          warmMs: 0,
          rate: (nowMs: number) => (nowMs < burstAtMs ? before : after) / taskMs,
          maxRate: after / taskMs,
          taskMs: (random: () => number) => -taskMs * Math.log(1 - random()),
          makeMs: () => makeMs,
        };
        const { moments } = simulate(pattern, sizing, { seed, sampleMs: 1 });
        const right = moments.find((now) => now.atMs >= burstAtMs && now.size >= rightSize && now.waiting === 0);
        return (right?.atMs ?? Infinity) - burstAtMs;
      });
      const median = times.sort((a, b) => a - b)[seeds.length >> 1] ?? 0;
      console.log(
        `from ${before} to ${after} busy, makes of ${String(makeMs).padStart(2)} ms  ${name.padEnd(12)} ${median.toFixed(0).padStart(5)} ms to ${rightSize} services`,
      );
    }
  }
}
