// Who follows a promise, on its way to the promise's end, in objects that are used again.

/**
 * Hears how a promise settles, with the numbers that were noted when it was followed. Must not throw: what it throws
 * becomes an unhandled rejection.
 */
export interface Follower<T> {
  fulfilled(value: T, startedAt: number, place: number, signal: AbortSignal | undefined): void;
  rejected(error: unknown, startedAt: number, place: number, signal: AbortSignal | undefined): void;
}

/** Flights kept for the next promises. More than this many at once are made anew and left to the collector. */
const kept = 1024;
const free: Flight[] = [];

/** Carries a follower and its numbers to the end of what it follows, once. */
export class Flight {
  follower: Follower<unknown> | undefined;
  startedAt = 0;
  place = 0;
  signal: AbortSignal | undefined;

  readonly fulfilled = (value: unknown): void => {
    const { follower, startedAt, place, signal } = this;
    this.#land();
    follower?.fulfilled(value, startedAt, place, signal);
  };

  readonly rejected = (error: unknown): void => {
    const { follower, startedAt, place, signal } = this;
    this.#land();
    follower?.rejected(error, startedAt, place, signal);
  };

  #land(): void {
    this.follower = undefined;
    this.signal = undefined;
    if (free.length < kept) free.push(this);
  }
}

/** One that is free, or a new one. */
export function takeFlight(): Flight {
  return free.pop() ?? new Flight();
}
