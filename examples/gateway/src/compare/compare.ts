// Drives the same arrivals through one strategy after another.

import type { Fleet } from "../fleet/fleet.ts";
import type { Gateway } from "../gateway.ts";
import type { Strategy } from "../strategies/strategies.ts";
import type { Progress } from "../traffic/drive.ts";
import { traffic } from "../traffic/traffic.ts";
import { resultOf, type StrategyResult } from "./result.ts";
import { sample } from "./sampler.ts";

export interface CompareOptions {
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  readonly url: string;
  readonly strategies: readonly Strategy[];
  readonly seed: number;
  readonly rate: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** Ends early: with the strategies that are done. */
  readonly signal: AbortSignal;
  readonly show: Show;
}

/** Whoever shows how it goes. */
export interface Show {
  warmingUp(): void;
  begun(strategy: Strategy, place: number): void;
  progress(progress: Progress, elapsedMs: number): void;
  done(result: StrategyResult): void;
}

/** An answer that takes longer than this is an error; round robin's slowest come near a tenth of it. */
const patienceMs = 15_000;

export async function compare(options: CompareOptions): Promise<StrategyResult[]> {
  const { gateway, fleet, url, strategies, seed, rate, durationMs, warmUpMs, signal, show } = options;
  const { upstreams } = gateway;
  const results: StrategyResult[] = [];

  if (warmUpMs > 0) {
    // Opens connections and lets the engine compile, so that the first strategy is not the one that pays for it.
    show.warmingUp();
    await traffic({ url, seed: seed + 1, rate, durationMs: warmUpMs, patienceMs, signal });
  }
  for (const [place, strategy] of strategies.entries()) {
    if (signal.aborted) break;
    gateway.use(strategy);
    fleet.rewind();
    for (const upstream of upstreams) upstream.reset();
    show.begun(strategy, place);
    const sampler = sample(upstreams, 50);
    const begin = performance.now();
    const onProgress = (progress: Progress): void => show.progress(progress, performance.now() - begin);
    const driven = await traffic({ url, seed, rate, durationMs, patienceMs, signal, onProgress });
    const timeline = sampler.stop();
    if (signal.aborted) break;
    const counts = upstreams.map((upstream) => upstream.requests);
    const result = resultOf({ id: strategy.id, title: strategy.title, driven, counts, timeline });
    results.push(result);
    show.done(result);
  }
  return results;
}
