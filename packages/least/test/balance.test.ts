// least under the real balance and the real loads, in virtual time: exact at every pick.

import { endpointSet } from "@bal/discover";
import { least } from "@bal/least";
import { expectedDelay, peakEwma, pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import type { Endpoint, Load, Picker, Service } from "@bal/service";
import { seededRandom, virtualClock } from "@bal/service/testing";
import { expect, test } from "vitest";

type Work = Service<number, void>;
type Measured = Endpoint<number, Work & Load>;

/** least, and after every pick a look at all. */
function checked(random: () => number, seen: (picked: number, lowest: number) => void): Picker<Measured> {
  const inner = least<Measured>({ random });
  const all = new Set<Measured>();
  return {
    add(endpoint) {
      all.add(endpoint);
      inner.add(endpoint);
    },
    delete(endpoint) {
      all.delete(endpoint);
      inner.delete(endpoint);
    },
    changed: (endpoint) => inner.changed!(endpoint),
    pick() {
      const picked = inner.pick();
      if (picked !== undefined) seen(picked.service.load(), Math.min(...[...all].map(({ service }) => service.load())));
      return picked;
    },
  };
}

const layers = {
  pendingRequests: () => pendingRequests(),
  peakEwma: (now: () => number) => peakEwma({ now }),
  expectedDelay: (now: () => number) => expectedDelay({ now }),
};

for (const [title, make] of Object.entries(layers)) {
  for (const servers of [5, 100]) {
    test(`${servers} servers by ${title}: no endpoint has a lesser load than the one that gets the request`, async () => {
      const clock = virtualClock();
      const random = seededRandom(servers);
      const layer = make(clock.now);
      const set = endpointSet<number, Work & Load>();
      const serve = (key: number): void => {
        const meanMs = 5 + 40 * random();
        set.insert(
          key,
          layer({
            ready: () => true,
            async call() {
              // Now and then one takes very long, so that its age counts, and some fail.
              await clock.sleep(random() < 0.01 ? 3_000 : -Math.log(1 - random()) * meanMs);
              if (random() < 0.02) throw new Error("failed");
            },
          }),
        );
      };
      for (let key = 0; key < servers; key += 1) serve(key);
      let picks = 0;
      let worst = 0;
      const picker = checked(random, (picked, lowest) => {
        picks += 1;
        worst = Math.max(worst, picked - lowest * (1 + 1e-9));
      });
      const balanced = balance(set, { picker });
      await clock.settle();
      for (let step = 0; step < 2_000; step += 1) {
        balanced.call(step).catch(() => {});
        if (random() < 0.02) {
          const key = Math.floor(random() * servers);
          set.remove(key);
          serve(key);
        }
        await clock.advance(random() * 4);
      }
      expect(picks).toBeGreaterThanOrEqual(2_000);
      expect(worst).toBe(0);
      await clock.run();
      await balanced.close();
    });
  }
}
