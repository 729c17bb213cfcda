// Follows a discover to its end, and leaves it when asked, even while it waits.

import type { Change, Discover } from "@bal/service";

/** Who hears of the changes. */
export interface DiscoverReader<K, S> {
  /** One batch. A throw counts as a failure of the discover. Also called for what still comes after it was left. */
  batch(changes: readonly Change<K, S>[]): void;
  ended(): void;
  failed(error: unknown): void;
}

/** Reads until the discover ends or fails. Returns a function that leaves it, which waits for nothing. */
export function readDiscover<K, S>(discover: Discover<K, S>, reader: DiscoverReader<K, S>): () => void {
  let iterator: AsyncIterator<readonly Change<K, S>[]> | undefined;
  let left = false;

  const leave = (): void => {
    if (left) return;
    left = true;
    // A discover that fails to close has nobody left to tell.
    attempt(() => iterator?.return?.()).catch(() => {});
  };
  const failed = (error: unknown): void => {
    if (left) return;
    left = true;
    reader.failed(error);
  };
  const take = (step: IteratorResult<readonly Change<K, S>[]>): void => {
    if (!step.done) {
      try {
        reader.batch(step.value);
      } catch (error) {
        attempt(() => iterator?.return?.()).catch(() => {});
        failed(error);
      }
      if (!left) next();
    } else if (!left) {
      left = true;
      reader.ended();
    }
  };
  const next = (): void => {
    attempt(() => (iterator as AsyncIterator<readonly Change<K, S>[]>).next()).then(take, failed);
  };

  attempt(() => {
    iterator = discover[Symbol.asyncIterator]();
    next();
  }).catch(failed);
  return leave;
}

/** A throw becomes a rejection; what was returned is awaited. */
function attempt<T>(action: () => T): Promise<Awaited<T>> {
  return new Promise<Awaited<T>>((resolve) => resolve(action() as Awaited<T>));
}
