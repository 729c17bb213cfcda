// Pauses after failures in a row: twice as long each time, and never quite the same.

import type { Schedule } from "@bal/service";

/** The pause after a failed make: it doubles with each failure in a row; what is taken is half of it and up to as much again at random. */
export interface BackoffOptions {
  /** After the first failure, in ms. 100 unless given: a server that restarts is back within a few of these. */
  readonly baseMs?: number;
  /** At most, in ms. 10,000 unless given: a server that is up again is noticed within that time. */
  readonly maxMs?: number;
}

export interface BackoffSettings extends Required<BackoffOptions> {
  readonly schedule: Schedule;
  readonly random: () => number;
}

export class Backoff {
  /** Failures in a row. Of attempts that ran side by side only one counts. */
  failures = 0;
  readonly #settings: BackoffSettings;
  readonly #over: () => void;
  #cancel: (() => void) | undefined;

  constructor(settings: BackoffSettings, over: () => void) {
    this.#settings = settings;
    this.#over = over;
  }

  get pausing(): boolean {
    return this.#cancel !== undefined;
  }

  /** An attempt has failed that began after `before` failures; returns the pause. The first `free` failures cost none. */
  failed(before: number, free = 0): number {
    const { baseMs, maxMs, schedule, random } = this.#settings;
    this.failures = Math.max(this.failures, before + 1);
    if (this.failures <= free) return 0;
    const pauseMs = Math.min(maxMs, baseMs * 2 ** (this.failures - free - 1)) * (0.5 + 0.5 * random());
    this.#cancel ??= schedule(pauseMs, () => {
      this.#cancel = undefined;
      this.#over();
    });
    return pauseMs;
  }

  stop(): void {
    this.#cancel?.();
  }
}
