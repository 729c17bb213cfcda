// Whether an endpoint can be connected to, and when one that could not be is tried again.

import type { Schedule } from "@bal/service";

/** The pauses after failures to connect. */
export interface BackoffRules {
  /** The first pause, in ms. */
  readonly backoffMs: number;
  /** The longest, in ms. */
  readonly maxBackoffMs: number;
  readonly random: () => number;
  readonly schedule: Schedule;
}

/** "up" until a connection fails, then "down" for a pause, then on "trial": one request may try. */
export type Reachability = "up" | "down" | "trial";

export class Reachable {
  state: Reachability = "up";
  readonly #rules: BackoffRules;
  readonly #moved: () => void;
  #failures = 0;
  #cancel: (() => void) | undefined;

  constructor(rules: BackoffRules, moved: () => void) {
    this.#rules = rules;
    this.#moved = moved;
  }

  connected(): void {
    if (this.state === "up") return;
    this.#failures = 0;
    this.#move("up");
  }

  refused(): void {
    // Those that were under way together are one failure.
    if (this.state === "down") return;
    const { backoffMs, maxBackoffMs, random, schedule } = this.#rules;
    const pauseMs = Math.min(maxBackoffMs, backoffMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#move("down");
    // Between half of it and all, so that many clients do not come back together.
    this.#cancel = schedule(pauseMs * (1 - random() / 2), () => this.#move("trial"));
  }

  stop(): void {
    this.#cancel?.();
  }

  #move(state: Reachability): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.state = state;
    this.#moved();
  }
}
