// Percentiles of the last while: HDR histograms, one filling up and one that the past has filled.

import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** In ms, with three figures; 0 where nothing was recorded. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** From a histogram in µs. */
export function percentilesOf(histogram: RecordableHistogram): Percentiles {
  const at = (percentile: number): number => (histogram.count === 0 ? 0 : histogram.percentile(percentile) / 1000);
  return { count: histogram.count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) };
}

/** A histogram of latencies between 1 µs and a quarter of an hour, in µs. */
export function latencyHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 900_000_000, figures: 3 });
}

/** Adds a latency in ms. */
export function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * 1000)));
}

/** The last 10 to 20 seconds of latencies, on the clock of `now` in ms. */
export class Recent {
  readonly #spanMs = 10_000;
  #filling = latencyHistogram();
  #full = latencyHistogram();
  #since: number;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  add(ms: number): void {
    this.#turn();
    record(this.#filling, ms);
  }

  percentiles(): Percentiles {
    this.#turn();
    const both = latencyHistogram();
    both.add(this.#full);
    both.add(this.#filling);
    return percentilesOf(both);
  }

  #turn(): void {
    const age = this.#now() - this.#since;
    if (age < this.#spanMs) return;
    [this.#full, this.#filling] = [this.#filling, this.#full];
    this.#filling.reset();
    if (age >= 2 * this.#spanMs) this.#full.reset();
    this.#since = this.#now();
  }
}
