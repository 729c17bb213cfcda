// Every measured load against its formula in plain form, over random histories.

import { expectedDelay, peakEwma, pendingRequests, weighted } from "@bal/load";
import type { Load, Service } from "@bal/service";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histories, type Model, Playing } from "./history.ts";
import { ExpectedDelayModel, PeakEwmaModel, PendingModel } from "./models.ts";

const endpoints = 3;

interface Kind {
  readonly name: string;
  readonly layerOf: (now: () => number) => (inner: Service<number, string>) => Service<number, string> & Load;
  readonly model: (startsAt: number) => Model & { load(endpoint: number, at: number): number };
  /** What the load adds to the model's. */
  readonly factor?: number;
}

const kinds: Kind[] = [
  { name: "pendingRequests", layerOf: () => pendingRequests(), model: () => new PendingModel() },
  {
    name: "peakEwma",
    layerOf: (now) => peakEwma({ now }),
    model: (startsAt) => new PeakEwmaModel(endpoints, startsAt),
  },
  { name: "expectedDelay", layerOf: (now) => expectedDelay({ now }), model: () => new ExpectedDelayModel(endpoints) },
  {
    name: "weighted over expectedDelay",
    layerOf: (now) => {
      const measured = expectedDelay({ now });
      return (inner) => weighted(4)(measured(inner));
    },
    model: () => new ExpectedDelayModel(endpoints),
    factor: 1 / 4,
  },
];

for (const { name, layerOf, model: modelOf, factor = 1 } of kinds) {
  describe(name, () => {
    test("is its formula, after every step of any history", () => {
      fc.assert(
        fc.property(histories(endpoints), fc.nat(1e9), (history, startsAt) => {
          const playing = new Playing(layerOf, endpoints, startsAt);
          const model = modelOf(startsAt);
          for (const step of history) {
            playing.play(step, model);
            playing.loads.forEach((load, i) => {
              const expected = model.load(i, playing.time) * factor;
              const came = load.load();
              if (Math.abs(came - expected) > 1e-9 * expected) expect(came).toBe(expected);
              expect(came).toBeGreaterThanOrEqual(0);
            });
          }
        }),
        { seed: 11, numRuns: 150 },
      );
    });

    test("ranks order as loads do at every instant, and fall only when that is told", () => {
      fc.assert(
        fc.property(histories(endpoints), (history) => {
          const playing = new Playing(layerOf, endpoints);
          const noted = playing.loads.map(() => Number.NEGATIVE_INFINITY);
          playing.loads.forEach((load, i) => {
            load.watch?.({
              loadChanged: () => {
                noted[i] = Number.NEGATIVE_INFINITY;
              },
            });
          });
          for (const step of history) {
            playing.play(step);
            const seen = playing.loads.map((load) => ({ order: load.order, load: load.load(), rank: load.rank?.() }));
            seen.forEach(({ rank }, i) => {
              expect(rank).toBeGreaterThanOrEqual((noted[i] as number) - 1e-12);
              noted[i] = rank as number;
            });
            for (const a of seen) {
              for (const b of seen) {
                if (a.order !== b.order || a.load >= b.load * (1 - 1e-9) || b.load < 1e-290) continue;
                expect(a.rank).toBeLessThan(b.rank as number);
              }
            }
          }
        }),
        { seed: 12, numRuns: 150 },
      );
    });

    test("is a number from 0 and no rank is NaN, even when the clock goes backwards or says nothing", () => {
      const readings = fc.array(fc.oneof(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.constant(Number.NaN)), {
        minLength: 1,
      });
      fc.assert(
        fc.property(histories(endpoints), readings, (history, times) => {
          const playing = new Playing(layerOf, endpoints);
          history.forEach((step, i) => {
            playing.time = times[i % times.length] as number;
            playing.play(step);
            for (const load of playing.loads) {
              const came = load.load();
              expect(came >= 0 && came < Infinity).toBe(true);
              expect(load.rank?.()).not.toBeNaN();
            }
          });
        }),
        { seed: 13, numRuns: 100 },
      );
    });
  });
}
