/** What is read off a run: means, percentiles, errors and shares. */
import type { Scenario } from "./scenario.ts";

export interface Recorded {
  readonly servers: readonly { readonly insideMs: number }[];
  readonly scenario: Scenario;
  readonly at: Float64Array;
  /** NaN: never answered. */
  readonly latency: Float64Array;
  readonly server: Int32Array;
  readonly failed: Uint8Array;
}

/** Milliseconds of those that succeeded; `errors` and the rest are shares of all. */
export interface Summary {
  readonly requests: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly errors: number;
  readonly unanswered: number;
}

export interface Measured {
  readonly all: Summary;
  /** Of those that arrived during the incident. */
  readonly incident?: Summary;
  /** Share of the requests that the server of the incident got between the 15th and the 25th second after it. */
  readonly back?: number;
  /** That server's share second by second. */
  readonly shares?: readonly number[];
  /** Latencies at `quantiles`. */
  readonly distribution: readonly number[];
  /** Requests at all servers, on average over time. */
  readonly inside: number;
  /** Milliseconds of virtual time from the first request to the end. */
  readonly wallMs: number;
}

/** The quantiles of the pictures. */
export const quantiles: readonly number[] = [
  0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9965,
  0.998, 0.9985, 0.999, 0.9995,
];

/** The value below which a share `q` of the sorted lies. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function sortedLatencies(run: Recorded, fromMs: number, toMs: number): { sorted: Float64Array; summary: Summary } {
  const kept = new Float64Array(run.at.length);
  let size = 0;
  let sum = 0;
  let errors = 0;
  let unanswered = 0;
  let requests = 0;
  for (let id = 0; id < run.at.length; id++) {
    const at = run.at[id]!;
    if (at < fromMs || at >= toMs) continue;
    requests++;
    const latency = run.latency[id]!;
    if (Number.isNaN(latency)) unanswered++;
    else if (run.failed[id] === 1) errors++;
    else {
      kept[size++] = latency;
      sum += latency;
    }
  }
  const sorted = kept.subarray(0, size).sort();
  const summary = {
    requests,
    mean: sum / size,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    p999: quantile(sorted, 0.999),
    errors: errors / requests,
    unanswered: unanswered / requests,
  };
  return { sorted, summary };
}

function share(run: Recorded, server: number, fromMs: number, toMs: number): number {
  let all = 0;
  let its = 0;
  for (let id = 0; id < run.at.length; id++) {
    const at = run.at[id]!;
    if (at < fromMs || at >= toMs) continue;
    all++;
    if (run.server[id] === server) its++;
  }
  return its / all;
}

export function measure(run: Recorded, wallMs: number): Measured {
  const { incident, warmMs, durationMs } = run.scenario;
  const whole = sortedLatencies(run, warmMs, Infinity);
  const measured = {
    all: whole.summary,
    distribution: quantiles.map((q) => quantile(whole.sorted, q)),
    inside: run.servers.reduce((sum, { insideMs }) => sum + insideMs, 0) / wallMs,
    wallMs,
  };
  if (incident === undefined) return measured;
  const { fromMs, toMs, server } = incident;
  const during = sortedLatencies(run, fromMs, toMs);
  const length = toMs - fromMs;
  const stepMs = durationMs / 60;
  return {
    ...measured,
    distribution: quantiles.map((q) => quantile(during.sorted, q)),
    incident: during.summary,
    back: share(run, server, toMs + 1.5 * length, toMs + 2.5 * length),
    shares: Array.from({ length: 60 }, (_, step) => share(run, server, step * stepMs, (step + 1) * stepMs)),
  };
}
