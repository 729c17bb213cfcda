// One `.then` for the end of a request, with handlers that are used again.

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

class Flight {
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

/**
 * Tells `follower` once how `promise` settles. `startedAt`, `place` and `signal` are handed back as they came.
 *
 * For layers on the path of every request: unlike a `.then` with two new closures it allocates nothing of its own, which
 * is why its arguments are not a bag of options. A rejection of `promise` counts as handled from then on.
 */
export function follow<T>(
  promise: PromiseLike<T>,
  follower: Follower<T>,
  startedAt = 0,
  place = 0,
  signal?: AbortSignal,
): void {
  const flight = free.pop() ?? new Flight();
  flight.follower = follower as Follower<unknown>;
  flight.startedAt = startedAt;
  flight.place = place;
  flight.signal = signal;
  promise.then(flight.fulfilled, flight.rejected);
}
