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

  const leave = async (): Promise<void> => {
    left = true;
    try {
      await iterator?.return?.();
    } catch {
      // Nobody is left to tell.
    }
  };
  const read = async (): Promise<void> => {
    try {
      iterator = discover[Symbol.asyncIterator]();
      do {
        const step = await iterator.next();
        if (step.done) {
          if (!left) reader.ended();
          return;
        }
        reader.batch(step.value);
      } while (!left);
    } catch (error) {
      if (left) return;
      void leave();
      reader.failed(error);
    }
  };

  void read();
  return () => void leave();
}
