// Every discover of the package keeps the contract of a discover.

import { endpointSet, list, mapEndpoints, merge, poll } from "@bal/discover";
import { type DiscoverSubject, discoverContract, virtualClock } from "@bal/service/testing";
import { describe, test } from "vitest";

function suite(name: string, cases: ReturnType<typeof discoverContract>): void {
  describe(name, () => {
    for (const { name: title, run } of cases) test(title, run);
  });
}

function changing(): DiscoverSubject<string, number> {
  const set = endpointSet<string, number>({ a: 1, b: 2 });
  let step = 0;
  return {
    discover: set,
    change() {
      step += 1;
      if (step % 3 === 0) set.remove(`new${step - 1}`);
      else set.insert(`new${step}`, step);
    },
    end: () => set.end(),
  };
}

suite(
  "a list",
  discoverContract(() => ({ discover: list([1, 2, 3]) }), { changes: false, ends: "alone" }),
);

suite("an endpoint set", discoverContract(changing));

suite(
  "endpoints that are mapped",
  discoverContract(() => {
    const subject = changing();
    return { ...subject, discover: mapEndpoints(subject.discover, (n) => `service ${n}`) };
  }),
);

suite(
  "discovers that are merged",
  discoverContract(() => {
    const [one, two] = [changing(), endpointSet<string, number>([["c", 3]])];
    const end = (): void => {
      one.end?.();
      two.end();
    };
    return { ...one, discover: merge(one.discover, two), end };
  }),
);

const clock = virtualClock();
suite(
  "a poll",
  discoverContract(
    () => {
      const found = new Map([["a", 1]]);
      return {
        discover: poll(() => found, { intervalMs: 100, now: clock.now, schedule: clock.schedule }),
        change: () => found.set(`new${found.size}`, found.size),
      };
    },
    { ends: "never", settle: () => clock.advance(100) },
  ),
);
