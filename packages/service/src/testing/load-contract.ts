// The obligations of a Load, case by case.

import type { Load, LoadWatcher } from "../load.ts";
import type { Service } from "../service.ts";
import { type ContractCase, must, outcomeOf } from "./contract-case.ts";
import { type MockHandle, mockService } from "./mock-service.ts";
import { seededRandom } from "./seeded-random.ts";
import { settle } from "./settle.ts";

/** What a load layer makes. */
export type Loaded = Service<number, string> & Load;

export interface LoadContractOptions {
  /** It has `rank()`. `true` unless given. */
  readonly rank?: boolean;
  /** It has `pending`, `watch` and `unwatch`. `true` unless given. */
  readonly watch?: boolean;
}

/**
 * One case for each obligation of `Load`. Its obligations as a service are those of `serviceContract`.
 *
 * @example
 * ```ts
 * import type { Load, Service } from "@bal/service";
 * import { loadContract } from "@bal/service/testing";
 *
 * const same = <Req, Res>(inner: Service<Req, Res>): Service<Req, Res> & Load => ({
 *   ready: () => inner.ready(),
 *   call: (request, options) => inner.call(request, options),
 *   load: () => 1,
 * });
 * for (const { run } of loadContract(() => same, { rank: false, watch: false })) await run();
 * ```
 *
 * @param make builds the layer under test, with `now` as its clock where it needs one. Called more than once a case.
 */
export function loadContract(
  make: (now: () => number) => (inner: Service<number, string>) => Loaded,
  options: LoadContractOptions = {},
): readonly ContractCase[] {
  const { rank = true, watch = true } = options;

  const always: ContractCase[] = [
    {
      name: "load() is a number from 0 on, whatever has happened",
      async run() {
        for (let seed = 1; seed <= 10; seed++) {
          const fleet = new Fleet(make);
          await fleet.live(seed, 200, () => {
            for (const { load } of fleet.endpoints) {
              must(typeof load.load() === "number" && load.load() >= 0, `seed ${seed}: load() was ${load.load()}`);
            }
          });
        }
      },
    },
    {
      name: "asking changes nothing",
      async run() {
        for (let seed = 1; seed <= 10; seed++) {
          const asked = new Fleet(make);
          const left = new Fleet(make);
          await asked.live(seed, 200, () => {
            for (const { load } of asked.endpoints) {
              load.load();
              load.rank?.();
            }
          });
          await left.live(seed, 200, () => {});
          const loads = [asked, left].map(({ endpoints }) => endpoints.map(({ load }) => load.load()).join());
          must(loads[0] === loads[1], `seed ${seed}: asked all the time ${loads[0]}, asked once ${loads[1]}`);
        }
      },
    },
  ];

  const ranked: ContractCase[] = [
    {
      name: "rank() orders as load() does, among those of one order",
      async run() {
        for (let seed = 1; seed <= 10; seed++) {
          const fleet = new Fleet(make);
          await fleet.live(seed, 200, () => {
            const seen = fleet.endpoints.map(({ load }) => ({
              order: load.order,
              load: load.load(),
              rank: ranks(load),
            }));
            for (const a of seen) {
              for (const b of seen) {
                // Closer than rounding they may stand either way.
                if (a.order !== b.order || a.load >= b.load * (1 - 1e-9) || b.load < 1e-290) continue;
                must(a.rank < b.rank, `seed ${seed}: loads ${a.load} and ${b.load} rank as ${a.rank} and ${b.rank}`);
              }
            }
          });
        }
      },
    },
    {
      name: "time alone does not lower rank(), and with nothing in flight neither moves it nor is asked for",
      async run() {
        for (let seed = 1; seed <= 10; seed++) {
          const fleet = new Fleet(make);
          await fleet.live(seed, 50, () => {});
          for (const ms of [0.5, 10, 3_000, 60_000]) {
            const before = fleet.endpoints.map(({ load }) => ranks(load));
            fleet.nowMs += ms;
            const after = fleet.endpoints.map(({ load }) => ranks(load));
            after.forEach((value, i) => {
              must(value >= before[i]!, `seed ${seed}: ${ms} ms lowered a rank from ${before[i]} to ${value}`);
            });
          }
          await fleet.answerAll();
          const before = fleet.endpoints.map(({ load }) => ranks(load)).join();
          const readings = fleet.readings;
          fleet.nowMs += 10_000;
          const after = fleet.endpoints.map(({ load }) => ranks(load)).join();
          must(fleet.readings === readings, "rank() read the clock with nothing in flight");
          must(
            before === after,
            `seed ${seed}: with nothing in flight time moved the ranks from ${before} to ${after}`,
          );
        }
      },
    },
  ];

  const watched: ContractCase[] = [
    {
      name: "pending counts, and who watches is told after each begin and end",
      async run() {
        const fleet = new Fleet(make);
        const { load, handle } = fleet.endpoints[0]!;
        const told: number[][] = [[], []];
        const watchers = told.map((list): LoadWatcher => ({ loadChanged: () => void list.push(load.pending!) }));
        for (const watcher of watchers) load.watch!(watcher);
        const expect = (what: string, ...counts: number[]): void => {
          must(load.pending === counts.at(-1), `${what}: pending is ${load.pending}`);
          for (const list of told) {
            must(list.splice(0).join() === counts.join(), `${what}: a watcher was not told ${counts.join(", ")}`);
          }
        };
        must(load.pending === 0, `pending is ${load.pending} at first`);
        const controller = new AbortController();
        outcomeOf(load.call(1));
        expect("after a call", 1);
        outcomeOf(load.call(2, { signal: controller.signal }));
        outcomeOf(load.call(3));
        expect("after two more", 2, 3);
        fleet.nowMs += 5;
        handle.calls[0]!.respond("one");
        await settle();
        expect("after an answer", 2);
        controller.abort();
        await settle();
        expect("after an abort", 1);
        handle.calls[0]!.reject(new Error("three"));
        await settle();
        expect("after a failure", 0);
      },
    },
    {
      name: "who has left is told no more",
      async run() {
        const fleet = new Fleet(make);
        const { load } = fleet.endpoints[0]!;
        let told = 0;
        let other = 0;
        const watcher: LoadWatcher = { loadChanged: () => void told++ };
        load.unwatch!(watcher);
        load.watch!(watcher);
        load.watch!({ loadChanged: () => void other++ });
        outcomeOf(load.call(1));
        must(told === 1, `told ${told} times of one begin`);
        load.unwatch!(watcher);
        load.unwatch!(watcher);
        outcomeOf(load.call(2));
        await fleet.answerAll();
        must(told === 1, "told after it had left");
        must(other === 4, `the other was told ${other} times of 2 begins and 2 ends`);
      },
    },
  ];

  return [...always, ...(rank ? ranked : []), ...(watch ? watched : [])];
}

function ranks(load: Load): number {
  must(load.rank !== undefined, "it has no rank()");
  const rank = load.rank();
  must(!Number.isNaN(rank), "rank() was NaN");
  return rank;
}

/** Five endpoints under one layer, and a life for them. */
class Fleet {
  nowMs = 1_000;
  readings = 0;
  readonly endpoints: readonly { readonly load: Loaded; readonly handle: MockHandle<number, string> }[];

  constructor(make: (now: () => number) => (inner: Service<number, string>) => Loaded) {
    const layer = make(() => {
      this.readings += 1;
      return this.nowMs;
    });
    this.endpoints = Array.from({ length: 5 }, () => {
      const { service, handle } = mockService<number, string>();
      return { load: layer(service), handle };
    });
  }

  /** Begins, answers, failures and pauses, in the order that `seed` gives; `look` has a look after each. */
  async live(seed: number, steps: number, look: () => void): Promise<void> {
    const random = seededRandom(seed);
    look();
    for (let step = 0; step < steps; step++) {
      const chance = random();
      this.nowMs += random() < 0.05 ? random() * 5_000 : random() * 20;
      const { load, handle } = this.endpoints[Math.floor(random() * 5)]!;
      const call = handle.calls[Math.floor(random() * handle.calls.length)];
      if (chance < 0.5) outcomeOf(load.call(step));
      else if (chance < 0.9) call?.respond("answered");
      else call?.reject(new Error("failed"));
      await settle();
      look();
    }
  }

  async answerAll(): Promise<void> {
    for (const { handle } of this.endpoints) for (const call of handle.calls) call.respond("answered");
    await settle();
  }
}
