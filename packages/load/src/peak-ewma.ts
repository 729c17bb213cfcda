// The load that Finagle and tower balance by: a moving average of round trips that jumps up and glides down.

import type { CallOptions, Load, Service } from "@bal/service";
import { elapsed } from "./elapsed.ts";
import { fade } from "./fade.ts";
import { Measured } from "./measured.ts";
import { readNumbers, timeConstant } from "./read-numbers.ts";
import { type MeasureOptions, type Rules, readRules } from "./rules.ts";
import { aborted, unmeasured } from "./verdict.ts";

export interface PeakEwmaOptions<Base = unknown> extends MeasureOptions<Base> {
  /** Time in which an estimate fades to 1/e, in ms; 10,000 unless given, as in tower and Finagle. */
  readonly decayMs?: number;
}

interface PeakEwmaRules extends Rules {
  readonly decayMs: number;
  /** Ranks count time from here, so that they keep their digits on a clock that began long ago. */
  readonly origin: number;
  readonly order: object;
}

/**
 * Load = estimate × (pending + 1).
 *
 * A round trip above the estimate becomes the estimate at once; one below is blended in by its age:
 * estimate ← estimate·w + rtt·(1 − w), w = exp(−Δt / decayMs), Δt since the last sample. The load asked for at a time
 * fades from the last sample by the same w. Asking changes nothing.
 *
 * A failed request counts as a round trip of at least `failureMs` and not below the faded estimate. An aborted one
 * counts with the time it ran if that is above the faded estimate, and not at all otherwise.
 *
 * The estimate is Finagle's peak EWMA; that asking does not write is linkerd's reading of it.
 *
 * @example
 * ```ts
 * import { serviceFn } from "@bal/service";
 * import { peakEwma } from "@bal/load";
 *
 * let time = 0;
 * const service = peakEwma({ now: () => time })(
 *   serviceFn(async (ms: number) => {
 *     time += ms;
 *   }),
 * );
 * console.log(service.load()); // → 10
 * await service.call(40);
 * console.log(service.load()); // → 40
 * time += 10_000;
 * console.log(service.load().toFixed(2)); // → 14.72
 * ```
 *
 * @throws InvalidOptionError
 */
export function peakEwma<Base = unknown>(
  options: PeakEwmaOptions<Base> = {},
): <Req, Res extends Base>(inner: Service<Req, Res>) => Service<Req, Res> & Load {
  const shared = readRules(options);
  const rules: PeakEwmaRules = {
    ...shared,
    ...readNumbers(options, { decayMs: [10_000, timeConstant] }),
    origin: shared.now(),
    order: {},
  };
  return (inner) => new PeakEwma(inner, rules);
}

class PeakEwma<Req, Res> extends Measured<Req, Res, PeakEwmaRules> {
  /** As the last sample left it. */
  #estimate: number;
  #sampledAt: number;

  constructor(inner: Service<Req, Res>, rules: PeakEwmaRules) {
    super(inner, rules);
    this.#estimate = rules.defaultRttMs;
    this.#sampledAt = rules.now();
  }

  get order(): object {
    return this.rules.order;
  }

  load(): number {
    return this.#estimate * this.#fade(this.rules.now()) * (this.pending + 1);
  }

  rank(): number {
    const { origin, decayMs } = this.rules;
    return Math.log(this.#estimate * (this.pending + 1)) + elapsed(origin, this.#sampledAt) / decayMs;
  }

  override call(request: Req, options?: CallOptions): Promise<Res> {
    const startedAt = this.rules.now();
    this.begin();
    return this.send(request, options, startedAt, 0);
  }

  protected ended(verdict: number, startedAt: number): void {
    if (verdict !== unmeasured) this.#sample(verdict, startedAt, this.rules.now());
    this.end();
  }

  #sample(verdict: number, startedAt: number, at: number): void {
    let rtt = elapsed(startedAt, at);
    const w = this.#fade(at);
    const faded = this.#estimate * w;
    if (verdict === aborted && rtt <= faded) return;
    if (verdict >= 0) rtt = Math.max(rtt, verdict, faded);
    this.#estimate = rtt > this.#estimate ? rtt : rtt + (this.#estimate - rtt) * w;
    this.#sampledAt = at;
  }

  #fade(at: number): number {
    return fade(elapsed(this.#sampledAt, at) / this.rules.decayMs);
  }
}
