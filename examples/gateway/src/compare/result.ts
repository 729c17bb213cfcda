// What one strategy made of the traffic, in the figures that the table and the report show.

import { latencyHistogram, type Percentiles, percentilesOf, record } from "../measure/recent.ts";
import type { Driven } from "../traffic/drive.ts";

export interface StrategyResult extends Percentiles {
  readonly id: string;
  readonly title: string;
  readonly requests: number;
  readonly errors: number;
  /** Share of the requests by endpoint, each from 0 to 1. */
  readonly shares: readonly number[];
  /** Latency in ms at each of `quantiles`. */
  readonly curve: readonly number[];
  readonly timeline: Timeline;
}

/** Requests in flight by endpoint, at moments in s from the start. */
export interface Timeline {
  readonly seconds: readonly number[];
  readonly inFlight: readonly (readonly number[])[];
}

/** Percentiles of the distribution's curve: as many steps from 0 to 90 as from 90 to 99, and from 99 to 99.9. */
export const quantiles: readonly number[] = Array.from({ length: 121 }, (_, step) => 100 * (1 - 10 ** (-step / 40)));

export interface ResultParts {
  readonly id: string;
  readonly title: string;
  readonly driven: Driven;
  /** Requests that went to each endpoint. */
  readonly counts: readonly number[];
  readonly timeline: Timeline;
}

export function resultOf({ id, title, driven, counts, timeline }: ResultParts): StrategyResult {
  const histogram = latencyHistogram();
  driven.latencies.forEach((ms, index) => {
    if (driven.failures[index] === 0) record(histogram, ms);
  });
  const all = counts.reduce((sum, count) => sum + count, 0);
  return {
    id,
    title,
    requests: driven.sent,
    errors: driven.errors,
    ...percentilesOf(histogram),
    shares: counts.map((count) => (all === 0 ? 0 : count / all)),
    curve: quantiles.map((at) => (histogram.count === 0 ? 0 : histogram.percentile(Math.max(at, 0.001)) / 1000)),
    timeline,
  };
}
