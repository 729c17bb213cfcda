// A discover that reads others, one batch of each at a time, and hands on what becomes of their changes.

import { checkMethods } from "@bal/errors";
import type { Change, Discover } from "@bal/service";
import { type Batch, batchReader } from "./batch-reader.ts";

/** What becomes of a change of the discover of that number; undefined: nothing. A throw fails the discover. */
export type Translate<K, In, Out> = (change: Change<K, In>, from: number) => Change<K, Out> | undefined;

/**
 * The changes of `discovers`, translated when they are handed out, by a translation of its own for each reader. Ends with
 * the last of them, fails with the first that fails, and leaves the others then. What one fails with on being left is
 * dropped.
 */
export function pipe<K, In, Out>(
  discovers: readonly Discover<K, In>[],
  translation: () => Translate<K, In, Out>,
): Discover<K, Out> {
  for (const discover of discovers) checkMethods("discover", discover, [Symbol.asyncIterator]);
  const open = (wake: () => void) => {
    const translate = translation();
    /** Those that were asked and have not ended. */
    const iterators = new Map<number, AsyncIterator<Batch<K, In>>>();
    /** Those that wait to be asked: what was read from them before has been handed out. */
    const idle = [...discovers.keys()];
    /** What has been read and not been handed out. */
    const read: [from: number, batch: Batch<K, In>][] = [];
    let failed: { readonly error: unknown } | undefined;
    let over = 0;

    const ask = async (from: number): Promise<void> => {
      try {
        const iterator = iterators.get(from) ?? (discovers[from] as Discover<K, In>)[Symbol.asyncIterator]();
        iterators.set(from, iterator);
        const step = await iterator.next();
        if (!step.done) read.push([from, step.value]);
        else {
          iterators.delete(from);
          over += 1;
        }
      } catch (error) {
        iterators.delete(from);
        failed ??= { error };
      }
      wake();
    };

    return {
      take() {
        const batch: Change<K, Out>[] = [];
        try {
          for (const [from, changes] of read.splice(0)) {
            idle.push(from);
            for (const change of changes) {
              const translated = translate(change, from);
              if (translated !== undefined) batch.push(translated);
            }
          }
        } catch (error) {
          failed ??= { error };
        }
        // What came before a failure goes first: services that were built for it must reach their owner.
        if (batch.length > 0) return batch;
        if (failed !== undefined) throw failed.error;
        for (const from of idle.splice(0)) void ask(from);
        return over < discovers.length ? batch : undefined;
      },
      leave: () => Promise.allSettled([...iterators.values()].map(async (iterator) => iterator.return?.())),
    };
  };
  return { [Symbol.asyncIterator]: () => batchReader(open) };
}
