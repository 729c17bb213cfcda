// The formulas of the measured loads in plain form: no clock of fading, no lists, no shortcuts.

import type { Ending, Model } from "./history.ts";

interface Flight {
  readonly endpoint: number;
  readonly startedAt: number;
  readonly place: number;
}

abstract class Counting implements Model {
  readonly flights = new Map<number, Flight>();
  #begun = 0;

  begin(endpoint: number, startedAt: number): void {
    this.flights.set(this.#begun++, { endpoint, startedAt, place: this.pending(endpoint) + 1 });
  }

  end(number: number, how: Ending, at: number): void {
    const flight = this.flights.get(number) as Flight;
    this.ended(flight, how, at);
    this.flights.delete(number);
  }

  pending(endpoint: number): number {
    return this.of(endpoint).length;
  }

  of(endpoint: number): Flight[] {
    return [...this.flights.values()].filter((flight) => flight.endpoint === endpoint);
  }

  abstract ended(flight: Flight, how: Ending, at: number): void;
  abstract load(endpoint: number, at: number): number;
}

export class PendingModel extends Counting {
  ended(): void {}

  load(endpoint: number): number {
    return this.pending(endpoint);
  }
}

export class PeakEwmaModel extends Counting {
  readonly #endpoints: { estimate: number; at: number }[];

  constructor(endpoints: number, startsAt: number) {
    super();
    this.#endpoints = Array.from({ length: endpoints }, () => ({ estimate: 10, at: startsAt }));
  }

  ended(flight: Flight, how: Ending, at: number): void {
    const endpoint = this.#endpoints[flight.endpoint]!;
    const w = Math.exp(-(at - endpoint.at) / 10_000);
    let rtt = at - flight.startedAt;
    if (how === "abort" && rtt <= endpoint.estimate * w) return;
    if (how === "fail") rtt = Math.max(rtt, 1_000, endpoint.estimate * w);
    endpoint.estimate = rtt > endpoint.estimate ? rtt : endpoint.estimate * w + rtt * (1 - w);
    endpoint.at = at;
  }

  load(endpoint: number, at: number): number {
    const { estimate, at: sampledAt } = this.#endpoints[endpoint]!;
    return estimate * Math.exp(-(at - sampledAt) / 10_000) * (this.pending(endpoint) + 1);
  }
}

export class ExpectedDelayModel extends Counting {
  readonly #endpoints: { estimate: number; at: number; samples: number }[];
  /** Every sample of the mean, and the mean from then on. */
  readonly #means: { readonly at: number; readonly mean: number }[] = [];

  constructor(endpoints: number) {
    super();
    this.#endpoints = Array.from({ length: endpoints }, () => ({ estimate: 0, at: 0, samples: 0 }));
  }

  ended(flight: Flight, how: Ending, at: number): void {
    const endpoint = this.#endpoints[flight.endpoint]!;
    const before = this.#estimate(flight.endpoint, at);
    const mean = this.#means.at(-1)?.mean;
    let sample = (at - flight.startedAt) / flight.place ** 0.75;
    if (how === "abort" && sample <= before) return;
    if (how === "fail") sample = Math.max(sample, 1_000, before, 30 * (mean ?? 0));
    if (how === "answer" && mean !== undefined && mean > 0) sample = Math.min(sample, 30 * mean);

    const n = endpoint.samples + 1;
    const byTime = n === 1 ? 0 : this.#weight(at - endpoint.at);
    const weight = mean === undefined ? 1 : Math.min(0.5, Math.max(byTime, 1 / (n + 1)));
    endpoint.estimate = weight * sample + (1 - weight) * before;
    endpoint.at = at;
    endpoint.samples = n;

    if (how !== "answer") return;
    const last = this.#means.at(-1);
    if (last === undefined) this.#means.push({ at, mean: sample });
    else {
      const w = Math.max(this.#weight(at - last.at), 1 / (this.#means.length + 1));
      this.#means.push({ at, mean: w * sample + (1 - w) * last.mean });
    }
  }

  load(endpoint: number, at: number): number {
    const [oldest] = this.of(endpoint);
    const waited = oldest === undefined ? 0 : (at - oldest.startedAt) / oldest.place / 4;
    return Math.max(this.#estimate(endpoint, at), waited) * (this.pending(endpoint) + 1);
  }

  #estimate(endpoint: number, at: number): number {
    const { estimate, at: sampledAt, samples } = this.#endpoints[endpoint]!;
    if (samples > 0) return estimate * Math.exp(-this.#faded(sampledAt, at));
    const last = this.#means.at(-1);
    return last === undefined ? 10 : 2 * last.mean;
  }

  #weight(ms: number): number {
    return 1 - Math.exp(-ms / (2_000 * this.#stretch(this.#means.length - 1)));
  }

  #stretch(index: number): number {
    return Math.max(1, (this.#means[index]?.mean ?? 0) / 100);
  }

  /** The integral of 1 / (fadeMs × stretch), piece by piece. */
  #faded(from: number, to: number): number {
    let sum = 0;
    for (let i = -1; i < this.#means.length; i++) {
      const begin = Math.max(from, i < 0 ? from : this.#means[i]!.at);
      const end = Math.min(to, i + 1 < this.#means.length ? this.#means[i + 1]!.at : to);
      if (end > begin) sum += (end - begin) / (7_000 * this.#stretch(i));
    }
    return sum;
  }
}
