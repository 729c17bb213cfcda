// Which requests are sent a second time, and how many of all.

import { checkFunction, checkNumber, checkObject, InvalidOptionError } from "@bal/errors";
import { now as defaultNow } from "@bal/service";

/** How a request ended: with a response, or without. */
export type Outcome = { readonly response: Response } | { readonly error: unknown };

/** What may be sent again, and under which budget. */
export interface RetryOptions {
  /**
   * Methods that may be sent again; GET, HEAD, OPTIONS, TRACE, PUT and DELETE unless given: those that RFC 9110
   * (section 9.2.2) calls idempotent.
   */
  readonly methods?: readonly string[];
  /**
   * Whether this is worth another attempt; asked about every end of a request that may be sent again, an answer that is ok
   * among them. Unless given: no response at all, or one of 502, 503 and 504.
   */
  readonly when?: (outcome: Outcome) => boolean;
  /** Attempts after the first, at most; 2 unless given. Never two on one endpoint. */
  readonly max?: number;
  /**
   * The budget: for each request of the last 10 s, so many more may be sent; 0.2 unless given, as in Finagle and tower,
   * so that retries add a fifth at most when everything fails.
   */
  readonly share?: number;
  /** What the budget has beside that, in retries a second; 10 unless given, so that a quiet client may retry too. */
  readonly perSecond?: number;
  /** The clock of the budget, in ms. */
  readonly now?: () => number;
}

/** What a budget is drawn from: deposits and withdrawals of the last ten seconds, a slot for each. */
const seconds = 10;

export class Retry {
  readonly max: number;
  readonly #methods: ReadonlySet<string>;
  readonly #when: (outcome: Outcome) => boolean;
  readonly #share: number;
  readonly #reserve: number;
  readonly #now: () => number;
  readonly #slots = new Float64Array(seconds);
  #second: number;

  constructor(options: RetryOptions) {
    const {
      methods = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"],
      when = mayPass,
      max = 2,
      share = 0.2,
      perSecond = 10,
      now = defaultNow,
    } = checkObject("retry", options);
    if (!Array.isArray(methods) || methods.some((method) => typeof method !== "string")) {
      throw new InvalidOptionError("retry.methods", { expected: "an array of methods", came: methods });
    }
    this.#methods = new Set(methods.map((method) => method.toUpperCase()));
    this.#when = checkFunction("retry.when", when);
    this.#now = checkFunction("retry.now", now);
    this.max = checkNumber("retry.max", max, { min: 1, whole: true });
    this.#share = checkNumber("retry.share", share);
    this.#reserve = seconds * checkNumber("retry.perSecond", perSecond);
    this.#second = Math.floor(this.#now() / 1_000);
  }

  /** A request has come: it adds its share. */
  deposit(): void {
    this.#add(this.#share);
  }

  /** Whether a request that ended so should be sent again. */
  wants(outcome: Outcome, method = "GET"): boolean {
    return this.#methods.has(method.toUpperCase()) && this.#when(outcome);
  }

  /** Takes one attempt from the budget, if it has one. */
  withdraw(): boolean {
    this.#add(0);
    if (this.#slots.reduce((sum, slot) => sum + slot, this.#reserve) < 1) return false;
    this.#add(-1);
    return true;
  }

  #add(amount: number): void {
    const second = Math.floor(this.#now() / 1_000);
    for (let passed = Math.min(second - this.#second, seconds); passed > 0; passed -= 1) {
      this.#slots[(second - passed + 1) % seconds] = 0;
    }
    this.#second = Math.max(second, this.#second);
    const slot = this.#second % seconds;
    this.#slots[slot] = (this.#slots[slot] as number) + amount;
  }
}

function mayPass(outcome: Outcome): boolean {
  return "error" in outcome || [502, 503, 504].includes(outcome.response.status);
}
