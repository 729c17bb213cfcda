// Hearing of the end of a request, with handlers that are used again.

import { isAnswer } from "./answer.ts";
import { type Follower, takeFlight } from "./flight.ts";

/**
 * Tells `follower` once how `promise` settles: at once where it is an `answer()` that nobody else follows, else by one
 * `.then`. `startedAt`, `place` and `signal` are handed back as they came.
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
  const flight = takeFlight();
  flight.follower = follower as Follower<unknown>;
  flight.startedAt = startedAt;
  flight.place = place;
  flight.signal = signal;
  if (!isAnswer(promise) || !promise.carry(flight)) promise.then(flight.fulfilled, flight.rejected);
}
