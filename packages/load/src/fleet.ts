// What all endpoints of one expected-delay layer know together: the mean of all, and the clock that estimates fade by.

import { elapsed } from "./elapsed.ts";
import { fade } from "./fade.ts";

export interface FleetNumbers {
  readonly defaultRttMs: number;
  readonly meanMs: number;
  readonly fadeMs: number;
  readonly slowMs: number;
  readonly newcomer: number;
}

/** An endpoint without a sample. */
export interface Newcomer {
  /** Its rank has fallen without a doing of its own. */
  moved(): void;
}

export class Fleet {
  /** Successes so far. */
  samples = 0;
  /** The mean of their samples, in ms; 0 while there is none. */
  meanMs = 0;
  /** What an endpoint without a sample stands at, in ms. */
  newcomerMs: number;
  /** Newcomers whose rank says how their oldest request compares with `newcomerMs`. */
  waiting: Set<Newcomer> = new Set();
  readonly #numbers: FleetNumbers;
  /** When the last success came, and how far estimates had faded then, as an exponent. */
  #at: number;
  #faded = 0;
  /** By how much both times stretch, where services are slow. */
  #stretch = 1;

  constructor(numbers: FleetNumbers, at: number) {
    this.#numbers = numbers;
    this.newcomerMs = numbers.defaultRttMs;
    this.#at = at;
  }

  /**
   * How far all estimates have faded: one noted when this was f is worth exp(f − faded(at)) of itself now. One clock for
   * all, so that time changes no order, however often it changes its pace.
   */
  faded(at: number): number {
    return this.#faded + elapsed(this.#at, at) / (this.#numbers.fadeMs * this.#stretch);
  }

  /** The weight of a sample at a time, of which the one before came at another. */
  weight(before: number, at: number): number {
    return 1 - fade(elapsed(before, at) / (this.#numbers.meanMs * this.#stretch));
  }

  /** Takes a success into the mean. */
  add(sampleMs: number, at: number, faded: number): void {
    const { newcomer, slowMs } = this.#numbers;
    this.samples += 1;
    const weight = Math.max(this.weight(this.#at, at), 1 / this.samples);
    this.meanMs += weight * (sampleMs - this.meanMs);
    this.#faded = faded;
    if (at > this.#at) this.#at = at;
    this.#stretch = Math.max(1, this.meanMs / slowMs);
    const before = this.newcomerMs;
    this.newcomerMs = newcomer * this.meanMs;
    if (this.newcomerMs > before && this.waiting.size > 0) {
      const { waiting } = this;
      this.waiting = new Set();
      for (const each of waiting) each.moved();
    }
  }
}
