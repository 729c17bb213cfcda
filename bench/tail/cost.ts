/** What a choice costs: choose, begin, end, with 100 requests in flight, from 10 endpoints to a million. */
import { least } from "@bal/least";
import { p2c } from "@bal/p2c";
import type { Endpoint, Load, Picker } from "@bal/service";
import { seeded } from "./random.ts";

const inFlight = 100;
const logs = Float64Array.from({ length: 1_024 }, (_, requests) => Math.log(requests + 1));
const order = {};

/** As cheap as a load can be: what is measured is the picker. */
class CheapLoad implements Load {
  readonly order: object = order;
  pending = 0;
  readonly #estimate: number;
  readonly #rank: number;

  constructor(estimate: number) {
    this.#estimate = estimate;
    this.#rank = Math.log(estimate);
  }

  load(): number {
    return this.#estimate * (this.pending + 1);
  }

  rank(): number {
    return this.#rank + logs[this.pending]!;
  }
}

type Cheap = Endpoint<number, CheapLoad>;

/** Nanoseconds of processor time for a request, whoever else runs on the machine: of several stretches a good one. */
function cost(picker: Picker<Cheap>, endpoints: number, estimate: () => number, requests: number): number {
  for (let key = 0; key < endpoints; key++) picker.add({ key, service: new CheapLoad(estimate()), slot: -1 });
  const flying: (Cheap | undefined)[] = Array.from({ length: inFlight }, () => undefined);
  const chance = seeded(1, endpoints);
  const stretches: number[] = [];
  for (let stretch = 0; stretch < 15; stretch++) {
    const begin = process.cpuUsage();
    for (let request = 0; request < requests; request++) {
      const place = (chance() * inFlight) | 0;
      const ended = flying[place];
      if (ended !== undefined) {
        ended.service.pending--;
        picker.changed?.(ended);
      }
      const begun = picker.pick()!;
      begun.service.pending++;
      picker.changed?.(begun);
      flying[place] = begun;
    }
    const { user, system } = process.cpuUsage(begin);
    stretches.push((1_000 * (user + system)) / requests);
  }
  return stretches.sort((a, b) => a - b)[3]!;
}

const sizes = [4, 10, 16, 17, 32, 100, 1_000, 10_000, 100_000, 1_000_000];
process.stdout.write(
  "endpoints    p2c, equal   least, equal    p2c, unlike   least, unlike   (ns: choose, begin, end)\n",
);
for (const size of sizes) {
  const requests = size > 100_000 ? 100_000 : 300_000;
  const chance = seeded(2, size);
  const unlike = (): number => 5 + 20 * chance();
  const row = [
    cost(p2c({ random: chance }), size, () => 10, requests),
    cost(least({ random: chance }), size, () => 10, requests),
    cost(p2c({ random: chance }), size, unlike, requests),
    cost(least({ random: chance }), size, unlike, requests),
  ];
  process.stdout.write(`${String(size).padStart(9)}${row.map((ns) => ns.toFixed(0).padStart(15)).join("")}\n`);
}
