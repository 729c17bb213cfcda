// The load for the shortest tail: how long a request sent now would probably take.

import { type CallOptions, holdNow, type Load, releaseNow, type Service } from "@bal/service";
import { elapsed } from "./elapsed.ts";
import { fade } from "./fade.ts";
import { Fleet, type FleetNumbers } from "./fleet.ts";
import { InFlight } from "./in-flight.ts";
import { Measured } from "./measured.ts";
import { longestMs, readNumbers, timeConstant } from "./read-numbers.ts";
import { type MeasureOptions, type Rules, readRules } from "./rules.ts";
import { aborted, succeeded, unmeasured } from "./verdict.ts";

/** The constants are those that did best over all scenarios of a simulation. */
export interface ExpectedDelayOptions<Base = unknown> extends MeasureOptions<Base> {
  /** Time over which samples are averaged, in ms; 2,000 unless given: a mean is steadier than a peak, and still follows. */
  readonly meanMs?: number;
  /** Time in which an estimate without samples fades to 1/e, in ms; 7,000 unless given: who was slow is tried again. */
  readonly fadeMs?: number;
  /** A success counts at most so many times the mean of all, a failure at least; 30 unless given: back within half a minute. */
  readonly outlier?: number;
  /**
   * One long success counts at most so many times the estimate, a second in a row up to the first; 4 unless given: a pause
   * is no fault.
   */
  readonly spike?: number;
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

interface ExpectedDelayRules extends Rules, FleetNumbers {
  readonly outlier: number;
  readonly spike: number;
  readonly placeExponent: number;
  /** place^placeExponent for the first places: a power for each request would be the dearest part of it. */
  readonly divisors: readonly number[];
  readonly maxWeight: number;
  readonly ageShare: number;
  readonly fleet: Fleet;
  readonly inFlight: InFlight;
  /** Endpoints with a sample, and those without, are ordered among themselves. */
  readonly known: object;
  readonly unknown: object;
}

const share = { max: 1 };

const numbers = {
  meanMs: [2_000, timeConstant],
  fadeMs: [7_000, timeConstant],
  slowMs: [100, timeConstant],
  outlier: [30, { min: 1 }],
  spike: [4, { min: 1 }],
  placeExponent: [0.75, share],
  maxWeight: [0.5, { ...share, above: true }],
  newcomer: [2, { max: longestMs }],
  ageShare: [0.25, share],
} as const;

/**
 * Load = estimate × (pending + 1), where the estimate is what one request costs the endpoint: a mean, not a peak.
 *
 * A sample is rtt / place^¾, place = the requests pending when it began, itself included. It is blended into the faded
 * estimate with weight 1 − exp(−Δt / meanMs), at least 1 / (n + 1) for the n-th sample, at most ½. An estimate that no
 * sample renews fades with exp(−Δt / fadeMs). Both times stretch by max(1, mean of all / 100 ms). An endpoint without a
 * sample stands at twice the mean of all. Once a quarter of the age of the oldest request in flight, over its place, is
 * above the estimate, that quarter is the estimate.
 *
 * A success counts at most 30 × the mean of all, and from the third sample on at most 4 × the faded estimate or as
 * much as the sample before it, whichever is more: one long answer is a pause, a second one is a slow endpoint. A
 * failure counts at least `failureMs`, at least 30 × the mean of all and not less than the faded estimate, and is no
 * part of that mean. An aborted request counts with the time it ran if that is above the faded estimate, and not at
 * all otherwise.
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
  const shared = { ...readRules(options), ...readNumbers(options, numbers) };
  const rules: ExpectedDelayRules = {
    ...shared,
    divisors: Array.from({ length: 64 }, (_, place) => place ** shared.placeExponent),
    fleet: new Fleet(shared, shared.now()),
    inFlight: new InFlight(),
    known: {},
    unknown: {},
  };
  return (inner) => new ExpectedDelay(inner, rules);
}

/** ln of the first numbers of requests. */
const logs: readonly number[] = Array.from({ length: 64 }, (_, requests) => Math.log(requests));

class ExpectedDelay<Req, Res> extends Measured<Req, Res, ExpectedDelayRules> {
  #samples = 0;
  /** As the last sample left it, in ms. */
  #estimate = 0;
  /** The last sample, before it was bounded. */
  #last = 0;
  /** When that was: no time has passed since a sample that never was. */
  #sampledAt = Infinity;
  /** How far estimates had faded then, by the clock of the fleet. */
  #fadedAt = 0;
  /** The rank with no request in flight: without a sample that of all newcomers. */
  #rank = 0;
  /** Tickets of the requests in flight. */
  #oldest = 0;
  #newest = 0;

  get order(): object {
    return this.#samples > 0 ? this.rules.known : this.rules.unknown;
  }

  load(): number {
    const { fleet, now } = this.rules;
    const at = now();
    return Math.max(this.#faded(fleet.faded(at)), this.#waited(at)) * (this.pending + 1);
  }

  /**
   * With a sample: ln(load) plus what all such estimates have faded by. Without: ln(load) less ln of what all newcomers
   * stand at. The clock is asked only while something is in flight.
   */
  rank(): number {
    const { fleet, now } = this.rules;
    const requests = this.pending + 1;
    if (this.#oldest > 0) {
      const at = now();
      const fadedBy = fleet.faded(at);
      const waited = this.#waited(at);
      if (waited > this.#faded(fadedBy)) {
        if (this.#samples > 0) return Math.log(waited * requests) + fadedBy;
        // A greater mean would lower this rank, which must not happen unseen.
        fleet.waiting.add(this);
        // Of 0, which all newcomers then share, nothing is a multiple.
        return Math.log((waited / Math.max(fleet.newcomerMs, 1e-200)) * requests);
      }
    }
    return this.#rank + (logs[requests] ?? Math.log(requests));
  }

  override call(request: Req, options?: CallOptions): Promise<Res> {
    const { inFlight, now } = this.rules;
    const ticket = inFlight.add(this.#newest, now(), this.pending + 1);
    this.#newest = ticket;
    this.#oldest ||= ticket;
    this.begin();
    return this.send(request, options, 0, ticket);
  }

  protected ended(verdict: number, _: number, ticket: number): void {
    const { inFlight, now } = this.rules;
    // Who is told below may ask for ranks, and need not read the clock for each.
    holdNow();
    if (verdict !== unmeasured) this.#sample(verdict, ticket, now());
    if (ticket === this.#oldest) this.#oldest = inFlight.newer[ticket] as number;
    if (ticket === this.#newest) this.#newest = inFlight.older[ticket] as number;
    inFlight.delete(ticket);
    this.end();
    releaseNow();
  }

  #sample(verdict: number, ticket: number, at: number): void {
    const { fleet, inFlight, outlier, spike, divisors, placeExponent, maxWeight } = this.rules;
    const place = inFlight.place[ticket] as number;
    const fadedBy = fleet.faded(at);
    const faded = this.#faded(fadedBy);
    const bound = outlier * fleet.meanMs;
    const single = Math.max(spike * faded, this.#samples > 1 ? this.#last : bound);
    let sample = elapsed(inFlight.startedAt[ticket] as number, at) / (divisors[place] ?? place ** placeExponent);
    this.#last = sample;
    if (verdict >= 0) sample = Math.max(sample, verdict, faded, bound);
    else if (verdict === succeeded && bound > 0) sample = Math.min(sample, bound, single);
    if (verdict === aborted && sample <= faded) return;

    this.#samples += 1;
    const weight = Math.max(fleet.weight(this.#sampledAt, at), 1 / (this.#samples + 1));
    this.#estimate = fleet.samples === 0 ? sample : faded + Math.min(weight, maxWeight) * (sample - faded);
    this.#sampledAt = at;
    this.#fadedAt = fadedBy;
    this.#rank = Math.log(this.#estimate) + fadedBy;
    if (verdict === succeeded) fleet.add(sample, at, fadedBy);
  }

  /** The estimate when all have faded by so much, but for the age of what is in flight. */
  #faded(by: number): number {
    return this.#samples > 0 ? this.#estimate * fade(by - this.#fadedAt) : this.rules.fleet.newcomerMs;
  }

  /** What the oldest request in flight has shown so far, in ms. */
  #waited(at: number): number {
    const { inFlight, ageShare } = this.rules;
    const oldest = this.#oldest;
    if (oldest === 0) return 0;
    return (ageShare * elapsed(inFlight.startedAt[oldest] as number, at)) / (inFlight.place[oldest] as number);
  }
}
