// The obligations of a Picker, case by case.

import type { Load } from "../load.ts";
import type { Endpoint, Picker } from "../picker.ts";
import type { Service } from "../service.ts";
import { serviceFn } from "../service-fn.ts";
import { type ContractCase, must } from "./contract-case.ts";
import { seededRandom } from "./seeded-random.ts";

/** What the endpoints of the suite are: services with a load, some of them also with a rank. */
export type PickedService = Service<number, string> & Load;

/**
 * One case for each obligation of `Picker`.
 *
 * @example
 * ```ts
 * import { p2c } from "@bal/p2c";
 * import { pickerContract } from "@bal/service/testing";
 *
 * for (const { run } of pickerContract((random) => p2c({ random }))) await run();
 * ```
 *
 * @param make builds the picker under test, with `random` where it needs chance. Called more than once a case.
 */
export function pickerContract(
  make: (random: () => number) => Picker<Endpoint<number, PickedService>>,
): readonly ContractCase[] {
  return [
    {
      name: "pick() gives nothing only when nothing was added",
      async run() {
        for (const kind of kinds) {
          const picker = make(seededRandom(1));
          must(picker.pick() === undefined, "it picked although nothing was added");
          const endpoint = loaded(1, kind);
          picker.add(endpoint);
          for (let i = 0; i < 10; i++) must(picker.pick() === endpoint, "it did not pick the only endpoint");
          picker.delete(endpoint);
          must(picker.pick() === undefined, "it picked although all were deleted");
          picker.add(endpoint);
          must(picker.pick() === endpoint, "it did not pick the only endpoint, added again");
        }
      },
    },
    {
      name: "it picks one that is in, whatever came and went in whatever order",
      async run() {
        for (let seed = 1; seed <= 40; seed++) live(make, seed, [1, 2, 3, 10, 100][seed % 5]!);
      },
    },
    {
      name: "pick() changes no membership",
      async run() {
        for (const kind of kinds) {
          const picker = make(seededRandom(2));
          const endpoints = Array.from({ length: 20 }, (_, key) => loaded(key, kind));
          for (const endpoint of endpoints) picker.add(endpoint);
          for (const endpoint of endpoints) {
            for (let i = 0; i < 50; i++) must(picker.pick() !== undefined, "it picked nothing");
            picker.delete(endpoint);
          }
          must(picker.pick() === undefined, "it picked although all were deleted");
        }
      },
    },
    {
      name: "endpoints are told apart by identity, not by key or load",
      async run() {
        for (const kind of kinds) {
          for (let seed = 1; seed <= 10; seed++) {
            const picker = make(seededRandom(seed));
            const [first, second, third] = [loaded(7, kind), loaded(7, kind), loaded(7, kind)] as const;
            for (const endpoint of [first, second, third]) picker.add(endpoint);
            picker.delete(second);
            for (let i = 0; i < 50; i++) must(picker.pick() !== second, "it picked a deleted one for another");
            picker.delete(first);
            for (let i = 0; i < 10; i++) must(picker.pick() === third, "it did not pick the one that is left");
          }
        }
      },
    },
    {
      name: "it picks one whatever the loads are",
      async run() {
        const odd = [Number.NaN, Infinity, -1, 0, new Error("this load cannot be had")];
        for (const kind of kinds) {
          for (let seed = 1; seed <= 20; seed++) {
            const random = seededRandom(seed);
            const picker = make(random);
            const endpoints = new Set(Array.from({ length: 1 + (seed % 6) }, (_, key) => loaded(key, kind)));
            for (const endpoint of endpoints) {
              endpoint.service.value = odd[Math.floor(random() * odd.length)]!;
              picker.add(endpoint);
            }
            for (const endpoint of endpoints) {
              for (const value of odd) {
                endpoint.service.value = value;
                picker.changed?.(endpoint);
                must(endpoints.has(picker.pick() as Picked), `it picked none with a load of ${value}`);
              }
            }
          }
        }
      },
    },
  ];
}

/** With a load alone, and with a rank beside it. */
const kinds = ["load", "rank"] as const;

interface TestLoad extends PickedService {
  value: number | Error;
}

type Picked = Endpoint<number, TestLoad>;

const order = {};

function loaded(key: number, kind: (typeof kinds)[number]): Picked {
  const valued = {
    ...serviceFn(async (request: number) => `to ${request}`),
    value: 1 as number | Error,
    load: (): number => {
      if (valued.value instanceof Error) throw valued.value;
      return valued.value;
    },
  };
  const ranked = { order, pending: 0, rank: () => Math.log(valued.load()), watch() {}, unwatch() {} };
  const service = kind === "load" ? valued : Object.assign(valued, ranked);
  // Nothing but the slot is the picker's.
  return Object.seal({ key, service, slot: -1 });
}

/** Comings, goings, picks and changes of load, in the order that `seed` gives. */
function live(
  make: (random: () => number) => Picker<Endpoint<number, PickedService>>,
  seed: number,
  most: number,
): void {
  const random = seededRandom(seed);
  const picker = make(seededRandom(seed));
  const all = Array.from({ length: most }, (_, key) => loaded(key, random() < 0.5 ? "load" : "rank"));
  const added = new Set<Picked>();
  for (let step = 0; step < 1_000; step++) {
    const endpoint = all[Math.floor(random() * most)]!;
    const chance = random();
    if (!added.has(endpoint)) {
      if (chance < 0.6) {
        added.add(endpoint);
        picker.add(endpoint);
      }
    } else if (chance < 0.3) {
      added.delete(endpoint);
      picker.delete(endpoint);
    } else {
      endpoint.service.value = Math.floor(random() * 5);
      picker.changed?.(endpoint);
    }
    const picked = picker.pick() as Picked | undefined;
    if (picked === undefined) must(added.size === 0, `seed ${seed}, step ${step}: it picked none of ${added.size}`);
    else must(added.has(picked), `seed ${seed}, step ${step}: it picked ${picked.key}, which is not in`);
  }
}
