// tower's rule of sizing: a moving average of whether calls had to wait.

import { checkNumber, checkObject } from "@bal/errors";
import type { PoolLevels, Sizing } from "./sizing.ts";

export interface TowerSizingOptions {
  /** Below this average a service is let go; at most `high`. 0.00001 unless given, as tower has it: after some 300 calls that found room. */
  readonly low?: number;
  /** Above this average a service is made. 0.2 unless given, as tower has it. */
  readonly high?: number;
  /** The average at first, and after a service was let go. 0.1 unless given, as tower has it. */
  readonly initial?: number;
  /** The weight of a new sample, above 0 to 1. 0.03 unless given, as tower's code has it (its documentation says 0.1). */
  readonly urgency?: number;
  /**
   * A pool that no call reaches lets one service go after each such time, in ms; tower's never does. 10,000 unless given:
   * longer than a pause between two bursts of work tends to be. Infinity: as tower.
   */
  readonly idleMs?: number;
}

/**
 * The rule of `tower::balance::pool`, sample by sample.
 *
 * A call that arrives is a sample: 0 when it could start at once, 1 when it had to wait and nothing was being made; one
 * that waits during a make, or for the very first service, is none. average ← average·(1−urgency) + sample·urgency.
 * Above `high` the average is set back to `high` and one service is made; below `low` one is let go and the average goes
 * back to `initial`. One make at a time suits it, since calls that wait during a make say nothing to it.
 *
 * @throws InvalidOptionError
 */
export function towerSizing(options: TowerSizingOptions = {}): Sizing {
  const { low = 0.00001, high = 0.2, initial = 0.1, urgency = 0.03, idleMs = 10_000 } = checkObject("options", options);
  checkNumber("high", high, { max: 1 });
  checkNumber("low", low, { max: high });
  checkNumber("initial", initial, { max: 1 });
  checkNumber("urgency", urgency, { above: true, max: 1 });
  checkNumber("idleMs", idleMs, { above: true, unit: "ms" });
  return {
    makeConcurrency: 1,
    begin() {
      let arrivals = 0;
      const sizer = {
        level: initial,
        tickMs: idleMs,
        arrived(levels: PoolLevels, waits: boolean): number {
          arrivals += 1;
          if (waits && (levels.size === 0 || levels.making > 0)) return 0;
          sizer.level = sizer.level * (1 - urgency) + (waits ? urgency : 0);
          if (sizer.level > high) {
            sizer.level = high;
            return 1;
          }
          if (sizer.level >= low || levels.size <= levels.min) return 0;
          sizer.level = initial;
          return -1;
        },
        tick(levels: PoolLevels): number {
          const idle = arrivals === 0 && levels.inFlight < levels.size;
          arrivals = 0;
          return idle ? -1 : 0;
        },
      };
      return sizer;
    },
  };
}
