/** Holds the simulator against what is known without one. */
import * as bal from "./bal.ts";
import { exponential } from "./random.ts";
import { random, roundRobin } from "./rivals/simple.ts";
import { pendingOfTwo, tower } from "./rivals/tower.ts";
import type { Algorithm, Scenario } from "./scenario.ts";
import { towersExample } from "./scenarios.ts";
import type { ServerOptions } from "./server.ts";
import { simulate } from "./simulate.ts";

export interface Check {
  readonly what: string;
  readonly source: string;
  readonly expected: number;
  readonly measured: number;
  /** Of the expected. */
  readonly tolerance: number;
  readonly ok: boolean;
}

interface Queue {
  readonly servers: readonly ServerOptions[];
  readonly load: number;
  readonly algorithm?: Algorithm;
  readonly size?: NonNullable<Scenario["size"]>;
  readonly requests?: number;
}

/** Mean 1, squared coefficient of variation 4: nine in ten are short. */
const uneven = (chance: () => number, mean: number): number =>
  exponential(chance, (chance() < 0.8873 ? 0.5635 : 4.4365) * mean);
const same = (_: () => number, mean: number): number => mean;

/** Runs a queue without a network, in service times of 1 ms. */
async function run({ servers, load, algorithm = roundRobin, size, requests = 600_000 }: Queue) {
  const capacity = servers.reduce((sum, { workers = 1 }) => sum + workers, 0);
  const durationMs = requests / (load * capacity);
  const scenario: Scenario = {
    id: "theory",
    title: "",
    group: "theory",
    clients: 1,
    servers,
    load,
    meanMs: 1,
    durationMs,
    warmMs: durationMs / 20,
    rttMs: 0,
    ...(size && { size }),
  };
  return { ...(await simulate(scenario, algorithm, 7)), rate: load * capacity };
}

/** Mean time in M/M/c in service times (Erlang's C). */
export function erlang(workers: number, load: number): number {
  const offered = workers * load;
  let blocked = 1;
  for (let busy = 1; busy <= workers; busy++) blocked = (offered * blocked) / (busy + offered * blocked);
  const waits = blocked / (1 - load * (1 - blocked));
  return 1 + waits / (workers * (1 - load));
}

/** Mean time under the choice of two of very many servers, in service times (Mitzenmacher; Vvedenskaya et al., 1996). */
export function meanField(load: number): number {
  let sum = 0;
  for (let power = 1; load ** (2 ** power - 2) > 1e-12; power++) sum += load ** (2 ** power - 2);
  return sum;
}

/** Mean time in M/G/1 in service times (Pollaczek-Khinchine). */
export function pollaczek(load: number, variation: number): number {
  return 1 + ((load / (1 - load)) * (1 + variation)) / 2;
}

export async function theory(scale = 1): Promise<Check[]> {
  const checks: Check[] = [];
  const check = (what: string, source: string, expected: number, measured: number, tolerance: number): void => {
    checks.push({ what, source, expected, measured, tolerance, ok: Math.abs(measured / expected - 1) <= tolerance });
  };
  const requests = 600_000 * scale;
  const slack = 1 / Math.sqrt(scale);
  const one = [{ workers: 1 }];
  const four = [{ workers: 4 }];

  const single = await run({ servers: one, load: 0.7, requests });
  check("M/M/1 at 0.7, mean", "1 / (1 − ρ)", 1 / 0.3, single.all.mean, 0.03 * slack);
  check("the same, p99", "ln 100 / (1 − ρ)", Math.log(100) / 0.3, single.all.p99, 0.05 * slack);
  check("the same, requests inside", "Little: λ × mean", single.rate * single.all.mean, single.inside, 0.02 * slack);
  const quad = await run({ servers: four, load: 0.8, requests });
  check("M/M/4 at 0.8, mean", "Erlang C", erlang(4, 0.8), quad.all.mean, 0.02 * slack);
  const even = await run({ servers: one, load: 0.7, size: same, requests });
  check("M/D/1 at 0.7, mean", "Pollaczek-Khinchine", pollaczek(0.7, 0), even.all.mean, 0.02 * slack);
  const rough = await run({ servers: one, load: 0.7, size: uneven, requests });
  check("M/G/1 at 0.7, cv² 4, mean", "Pollaczek-Khinchine", pollaczek(0.7, 4), rough.all.mean, 0.06 * slack);
  const shared = await run({ servers: [{ workers: 1, shared: true }], load: 0.7, size: uneven, requests });
  check("M/G/1 shared at 0.7, cv² 4, mean", "1 / (1 − ρ), whatever the sizes", 1 / 0.3, shared.all.mean, 0.05 * slack);
  const sharedFour = await run({ servers: [{ workers: 4, shared: true }], load: 0.8, size: uneven, requests });
  check("M/G/4 shared at 0.8, cv² 4, mean", "as M/M/4", erlang(4, 0.8), sharedFour.all.mean, 0.03 * slack);
  const scattered = await run({ servers: Array(10).fill({}), load: 0.7, algorithm: random, requests });
  check("random over 10, each M/M/1, mean", "1 / (1 − ρ)", 1 / 0.3, scattered.all.mean, 0.03 * slack);

  const hundred = Array<ServerOptions>(100).fill({});
  for (const load of [0.7, 0.9, 0.95]) {
    for (const algorithm of [pendingOfTwo, bal.p2cPending]) {
      const { all } = await run({ servers: hundred, load, algorithm, requests: 1.5 * requests });
      check(
        `${algorithm.title}, 100 servers at ${load}, mean`,
        "its limit of many servers",
        meanField(load),
        all.mean,
        0.02 * slack,
      );
    }
  }
  // What tower itself prints, in whole ms and so half a ms less; see the page.
  const towers = (await simulate(towersExample, tower, 3)).all;
  check("tower's example with tower's algorithm, mean", "tower 0.4.13", 19.47 + 0.5, towers.mean, 0.04);
  check("the same, p99", "tower 0.4.13", 330, towers.p99, 0.08);
  const pending = (await simulate(towersExample, bal.p2cPending, 3)).all;
  check("tower's example with P2C and pending, p99", "tower 0.4.13", 355, pending.p99, 0.08);
  return checks;
}
