// Square-root staffing: as many services as the calls of late kept busy, and a reserve that grows with the root of it.

import { checkNumber } from "@bal/errors";
import type { PoolLevels, Sizer, Sizing } from "./sizing.ts";

export interface StaffingOptions {
  /**
   * Over how long the mean number of busy services is taken, in ms. 1,000 unless given: short enough to follow a load
   * that doubles within seconds. The pool looks ten times in it.
   */
  readonly windowMs?: number;
  /**
   * How long a size that was needed is kept, in ms. 7,500 unless given: long enough that a wave of load does not make
   * what the one before it let go, short enough that the mean size stays near the need. More suits services that are
   * slow or dear to make.
   */
  readonly holdMs?: number;
}

/** Looks in a window. */
const looks = 10;
/** The reserve in roots of the mean that is kept at all times, and up to which a call that waits may raise it. */
const kept = 1.5;
const raised = 2.5;
/** The share of the waiting calls that the size should work off within as long as they have been coming. */
const workedOff = 0.5;

/**
 * The default. With R services busy on average, R + 1.5·√R are kept; the number of calls in flight of a random load
 * spreads with √R, so that this leaves few waits at any size (square-root staffing: Halfin and Whitt, "Heavy-Traffic
 * Limits for Queues with Many Exponential Servers", 1981). What was needed is held for `holdMs`.
 *
 * A call that waits makes at once, but never more than calls are there, and no more than R + 1 + 2.5·√R: the backlog that
 * grows during a slow make would else ask for a service a call. Only where calls keep arriving faster than they end, by
 * more than chance explains, is the limit what that tells of the load: busy · arrivals / ends since they began to wait,
 * each count off by one standard deviation.
 *
 * How many requests a service takes at once is learnt from how many are in flight when calls wait.
 *
 * @throws InvalidOptionError
 */
export function staffing(options: StaffingOptions = {}): Sizing {
  const { windowMs = 1_000, holdMs = 7_500 } = options;
  checkNumber("windowMs", windowMs, { above: true, unit: "ms" });
  checkNumber("holdMs", holdMs, { min: windowMs / looks, max: windowMs * 1_000, unit: "ms" });
  const tickMs = windowMs / looks;
  return { makeConcurrency: Infinity, begin: () => new StaffingSizer(tickMs, Math.round(holdMs / tickMs)) };
}

/** A sum of samples and how many there are. */
interface Samples {
  sum: number;
  count: number;
}

class StaffingSizer implements Sizer {
  level = 0;
  readonly tickMs: number;
  readonly #heldTicks: number;
  /** Requests in flight as arrivals and looks find them: of the ticks in the window, all together, and since the last tick. */
  readonly #ticks: Samples[] = [];
  readonly #window: Samples = { sum: 0, count: 0 };
  #now: Samples = { sum: 0, count: 0 };
  /** What each of the last ticks needed. */
  readonly #held: number[] = [];
  /** The most that a waiting call needed since the last tick. */
  #need = 0;
  /** Requests that a service takes at once. */
  #slots = 1;
  /** Since calls wait: arrivals, the sum of what was in flight at them, and the calls that were there before. */
  readonly #spell = { arrivals: 0, inFlight: 0, before: 0 };

  constructor(tickMs: number, heldTicks: number) {
    this.tickMs = tickMs;
    this.#heldTicks = heldTicks;
  }

  arrived(levels: PoolLevels, waits: boolean): number {
    const { size, inFlight } = levels;
    // As the call found it: Poisson arrivals see the mean over time (Wolff 1982), so that no clock is read.
    this.#now.sum += waits ? inFlight : inFlight - 1;
    this.#now.count += 1;
    if (size > 0 && inFlight > this.#slots * size) this.#slots = inFlight / size;
    if (!waits) {
      this.#spell.arrivals = 0;
      return 0;
    }
    if (size > 0) this.#slots += (Math.max(1, inFlight / size) - this.#slots) / 10;
    const there = inFlight + Math.max(1, levels.waiting);
    const mean = this.#mean();
    const reserve = mean + 1 + raised * Math.sqrt(mean);
    const need = this.#services(Math.min(there, Math.max(reserve, this.#overload(levels, there))));
    if (need > this.#need) this.#need = need;
    return Math.max(0, need - size - levels.making);
  }

  tick(levels: PoolLevels): number {
    const { size, min } = levels;
    this.#now.sum += levels.inFlight;
    this.#now.count += 1;
    const mean = this.#mean();
    this.level = size > 0 ? Math.min(1, mean / (size * this.#slots)) : 0;
    this.#held.push(Math.max(this.#need, this.#services(mean + kept * Math.sqrt(mean))));
    if (this.#held.length > this.#heldTicks) this.#held.shift();
    this.#need = 0;
    this.#turnWindow();
    const surplus = size + levels.making - Math.max(min, ...this.#held);
    return surplus > 0 ? -1 : -surplus;
  }

  #mean(): number {
    return (this.#window.sum + this.#now.sum) / (this.#window.count + this.#now.count);
  }

  /** Services for so many requests at once. */
  #services(requests: number): number {
    return Math.ceil(requests / this.#slots - 1e-9);
  }

  /** The load that calls tell of which keep arriving faster than they end; 0 while too few have ended to say. */
  #overload({ inFlight, waiting }: PoolLevels, there: number): number {
    const spell = this.#spell;
    if (spell.arrivals === 0) {
      spell.before = there - 1;
      spell.inFlight = 0;
    }
    spell.arrivals += 1;
    spell.inFlight += inFlight;
    const busy = spell.inFlight / spell.arrivals;
    const ends = Math.max(0, spell.arrivals - (there - spell.before));
    if (ends * 4 < busy) return 0;
    const arrivals = Math.max(0, spell.arrivals - Math.sqrt(spell.arrivals) + workedOff * waiting);
    const load = (busy * arrivals) / (ends + Math.sqrt(ends) + 1);
    return load + Math.sqrt(load);
  }

  #turnWindow(): void {
    this.#ticks.push(this.#now);
    this.#window.sum += this.#now.sum;
    this.#window.count += this.#now.count;
    this.#now = { sum: 0, count: 0 };
    if (this.#ticks.length <= looks) return;
    const gone = this.#ticks.shift() as Samples;
    this.#window.sum -= gone.sum;
    this.#window.count -= gone.count;
  }
}
