// The load for the shortest tail: how long a request sent now would probably take.

import { checkFunction, checkMethods, checkNumber } from "@bal/errors";
import { now as balNow, type CallOptions, holdNow, type Load, releaseNow, type Service } from "@bal/service";
import type { Completion } from "./completion.ts";
import { elapsed } from "./elapsed.ts";
import { Fleet } from "./fleet.ts";
import { InFlight } from "./in-flight.ts";
import { completionRule, Measured, type Rules } from "./measured.ts";
import { aborted, type Failed, failureRules, longestMs, succeeded, unmeasured } from "./verdict.ts";

/** The constants are those that did best over all scenarios of a simulation. */
export interface ExpectedDelayOptions<Base = unknown> {
  /** What an endpoint stands at while no endpoint of the layer has answered, in ms; 10 unless given. */
  readonly defaultRttMs?: number;
  /** Time over which samples are averaged, in ms; 2,000 unless given: a mean is steadier than a peak, and still follows. */
  readonly meanMs?: number;
  /** Time in which an estimate without samples fades to 1/e, in ms; 7,000 unless given: who was slow is tried again. */
  readonly fadeMs?: number;
  /** A success counts at most so many times the mean of all, a failure at least; 30 unless given: back within half a minute. */
  readonly outlier?: number;
  /** The least that a failed request counts as, in ms; 1,000 unless given: failing fast must not look fast. */
  readonly failureMs?: number;
  /** What counts as a failure; a rejection unless given. The caller's own abort never is one. */
  readonly failed?: Failed<Base>;
  /** The clock, in ms, monotonic; the core's `now` unless given. */
  readonly now?: () => number;
  /** When a request counts as over; `onResponse` unless given. */
  readonly completion?: Completion<Base>;
  /**
   * A sample is rtt / place^placeExponent; 0.75 unless given: 1 suits servers that take one request at a time, 0 those
   * that take any number, and between them this costs least where it is wrong.
   */
  readonly placeExponent?: number;
  /** The most that one sample weighs; 0.5 unless given: after a pause one request does not decide alone. */
  readonly maxWeight?: number;
  /** An endpoint without a sample stands at so many times the mean of all; 2 unless given: tried, but not by everyone. */
  readonly newcomer?: number;
  /** The part of its age, over its place, that the oldest request in flight counts; 0.25 unless given: a burst is no hang. */
  readonly ageShare?: number;
  /** From this mean of all on both times stretch with it, in ms; 100 unless given: slow services have fewer samples. */
  readonly slowMs?: number;
}

interface ExpectedDelayRules extends Rules {
  readonly outlier: number;
  readonly placeExponent: number;
  readonly maxWeight: number;
  readonly ageShare: number;
  readonly now: () => number;
  readonly fleet: Fleet;
  readonly inFlight: InFlight;
  /** Endpoints with a sample, and those without, are ordered among themselves. */
  readonly known: object;
  readonly unknown: object;
}

/** Stands for 0 where newcomers are compared by ratio: their load is 0 then, and this little. */
const leastMs = 1e-200;

/**
 * Load = estimate × (pending + 1), where the estimate is what one request costs the endpoint: a mean, not a peak.
 *
 * A sample is rtt / place^¾, place = the requests pending when it began, itself included. It is blended into the faded
 * estimate with weight 1 − exp(−Δt / meanMs), at least 1 / (n + 1) for the n-th sample, at most ½. An estimate that no
 * sample renews fades with exp(−Δt / fadeMs). Both times stretch by max(1, mean of all / 100 ms). An endpoint without a
 * sample stands at twice the mean of all. Once a quarter of the age of the oldest request in flight, over its place, is
 * above the estimate, that quarter is the estimate.
 *
 * A success counts at most 30 × the mean of all. A failure counts at least `failureMs`, at least 30 × the mean of all
 * and not less than the faded estimate, and is no part of that mean. An aborted request counts with the time it ran if
 * that is above the faded estimate, and not at all otherwise.
 *
 * All endpoints that one layer wraps have one mean: use one layer for the endpoints of one service.
 *
 * @example
 * ```ts
 * import { serviceFn } from "@bal/service";
 * import { expectedDelay } from "@bal/load";
 *
 * let time = 0;
 * const measured = expectedDelay({ now: () => time });
 * const work = serviceFn(async (ms: number) => {
 *   time += ms;
 * });
 * const [first, second] = [measured(work), measured(work)];
 * console.log(first.load(), second.load()); // → 10 10
 * await first.call(40);
 * console.log(first.load(), second.load()); // → 40 80
 * await second.call(20);
 * console.log(second.load()); // → 50
 * ```
 *
 * @throws InvalidOptionError
 */
export function expectedDelay<Base = unknown>(
  options: ExpectedDelayOptions<Base> = {},
): <Req, Res extends Base>(inner: Service<Req, Res>) => Service<Req, Res> & Load {
  const ms = { above: true, unit: "ms" };
  const now = checkFunction("now", options.now ?? balNow);
  const fleetOptions = {
    defaultRttMs: checkNumber("defaultRttMs", options.defaultRttMs ?? 10, { ...ms, max: longestMs }),
    meanMs: checkNumber("meanMs", options.meanMs ?? 2_000, ms),
    fadeMs: checkNumber("fadeMs", options.fadeMs ?? 7_000, ms),
    slowMs: checkNumber("slowMs", options.slowMs ?? 100, ms),
    newcomer: checkNumber("newcomer", options.newcomer ?? 2, { max: longestMs }),
  };
  const rules: ExpectedDelayRules = {
    ...failureRules(options.failed, options.failureMs),
    completion: completionRule(options.completion),
    outlier: checkNumber("outlier", options.outlier ?? 30, { min: 1 }),
    placeExponent: checkNumber("placeExponent", options.placeExponent ?? 0.75, { max: 1 }),
    maxWeight: checkNumber("maxWeight", options.maxWeight ?? 0.5, { above: true, max: 1 }),
    ageShare: checkNumber("ageShare", options.ageShare ?? 0.25, { max: 1 }),
    now,
    fleet: new Fleet(fleetOptions, now()),
    inFlight: new InFlight(),
    known: {},
    unknown: {},
  };
  return (inner) => new ExpectedDelay(checkMethods("inner", inner, ["ready", "call"]), rules);
}

class ExpectedDelay<Req, Res> extends Measured<Req, Res, ExpectedDelayRules> {
  #samples = 0;
  /** As the last sample left it, in ms. */
  #estimate = 0;
  /** When that was: no time has passed since a sample that never was. */
  #sampledAt = Number.POSITIVE_INFINITY;
  /** How far estimates had faded then, by the clock of the fleet. */
  #fadedAt = 0;
  /** Tickets of the requests in flight. */
  #oldest = 0;
  #newest = 0;

  get order(): object {
    return this.#samples > 0 ? this.rules.known : this.rules.unknown;
  }

  load(): number {
    const at = this.rules.now();
    return Math.max(this.#faded(at), this.#waited(at)) * (this.pending + 1);
  }

  /**
   * With a sample: ln(load) plus what all such estimates have faded by. Without: ln(load) less ln of what all newcomers
   * stand at. The clock is asked only while something is in flight.
   */
  rank(): number {
    const { fleet, now } = this.rules;
    const requests = this.pending + 1;
    const at = this.#oldest === 0 ? 0 : now();
    const waited = this.#oldest === 0 ? 0 : this.#waited(at);
    if (this.#samples > 0) {
      const rank = Math.log(this.#estimate * requests) + this.#fadedAt;
      return waited > 0 ? Math.max(rank, Math.log(waited * requests) + fleet.faded(at)) : rank;
    }
    const shared = Math.max(fleet.newcomerMs, leastMs);
    if (waited <= shared) return Math.log(requests);
    // A greater mean would lower this rank, which must not happen unseen.
    if (this.watched) fleet.waiting.add(this);
    return Math.log((waited / shared) * requests);
  }

  call(request: Req, options?: CallOptions): Promise<Res> {
    const { inFlight, now } = this.rules;
    this.#newest = inFlight.add(this.#newest, now(), this.pending + 1);
    if (this.#oldest === 0) this.#oldest = this.#newest;
    const ticket = this.#newest;
    this.begin();
    return this.send(request, options, 0, ticket);
  }

  protected ended(verdict: number, _: number, ticket: number): void {
    const { inFlight, now } = this.rules;
    // Who is told below may ask for ranks, and need not read the clock for each.
    holdNow();
    if (verdict !== unmeasured) this.#sample(verdict, inFlight.startedAt(ticket), inFlight.place(ticket), now());
    if (ticket === this.#oldest) this.#oldest = inFlight.newer(ticket);
    if (ticket === this.#newest) this.#newest = inFlight.older(ticket);
    inFlight.delete(ticket);
    this.end();
    releaseNow();
  }

  #sample(verdict: number, startedAt: number, place: number, at: number): void {
    const { fleet, outlier, placeExponent, maxWeight } = this.rules;
    const faded = this.#faded(at);
    const bound = outlier * fleet.meanMs;
    let sample = elapsed(startedAt, at) / place ** placeExponent;
    if (verdict >= 0) sample = Math.max(sample, verdict, faded, bound);
    else if (verdict === succeeded && bound > 0) sample = Math.min(sample, bound);
    if (verdict === aborted && sample <= faded) return;

    this.#samples += 1;
    const weight = Math.max(fleet.weight(elapsed(this.#sampledAt, at)), 1 / (this.#samples + 1));
    this.#estimate = fleet.meanMs < 0 ? sample : faded + Math.min(weight, maxWeight) * (sample - faded);
    this.#sampledAt = at;
    this.#fadedAt = fleet.faded(at);
    if (verdict === succeeded) fleet.add(sample, at);
  }

  /** The estimate at a time, but for the age of what is in flight. */
  #faded(at: number): number {
    const { fleet } = this.rules;
    return this.#samples > 0 ? this.#estimate * Math.exp(this.#fadedAt - fleet.faded(at)) : fleet.newcomerMs;
  }

  /** What the oldest request in flight has shown so far, in ms. */
  #waited(at: number): number {
    const { inFlight, ageShare } = this.rules;
    if (this.#oldest === 0) return 0;
    return (ageShare * elapsed(inFlight.startedAt(this.#oldest), at)) / inFlight.place(this.#oldest);
  }
}
