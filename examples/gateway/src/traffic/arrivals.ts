// When requests arrive: a Poisson process from a seed, so that every strategy faces the same one.

import { seededRandom } from "@bal/service/testing";

export interface ArrivalOptions {
  readonly seed: number;
  /** Requests a second, on average. */
  readonly rate: number;
  readonly durationMs: number;
}

/** The moments of all arrivals, in ms from the start, in order. Open loop: nobody waits for an answer to send the next. */
export function arrivals({ seed, rate, durationMs }: ArrivalOptions): Float64Array {
  const random = seededRandom(seed);
  const times: number[] = [];
  const meanGap = 1_000 / rate;
  for (let time = 0; ; ) {
    time -= Math.log(1 - random()) * meanGap;
    if (time >= durationMs) return Float64Array.from(times);
    times.push(time);
  }
}
