// Square-root staffing: as many services as the calls of late have needed, and some to spare.

import type { PoolLevels, Sizer, Sizing } from "./sizing.ts";

/** A first form. */
export function staffing(): Sizing {
  return { makeConcurrency: 16, begin: () => new StaffingSizer() };
}

class StaffingSizer implements Sizer {
  level = 0;
  readonly tickMs = 100;
  #peak = 0;

  arrived(levels: PoolLevels, waits: boolean): number {
    const busy = levels.inFlight + levels.waiting;
    if (busy > this.#peak) this.#peak = busy;
    return waits ? Math.max(0, Math.max(1, levels.waiting) - levels.making) : 0;
  }

  tick(levels: PoolLevels): number {
    const spare = this.#peak < levels.size;
    this.#peak = levels.inFlight;
    return spare ? -1 : 0;
  }
}
