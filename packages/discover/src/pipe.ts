// A discover that reads others, one batch of each at a time, and hands on what becomes of their changes.

import { checkMethods } from "@bal/errors";
import type { Change, Discover } from "@bal/service";
import { type Batch, batchReader, type Feed } from "./batch-reader.ts";

type Upstream<K, S> = AsyncIterator<Batch<K, S>>;

/** What becomes of a change that came from that iterator; undefined: nothing. A throw fails the discover. */
export type Translate<K, In, Out> = (change: Change<K, In>, from: Upstream<K, In>) => Change<K, Out> | undefined;

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
  const open = (wake: () => void): Feed<K, Out> => {
    const translate = translation();
    /** Those that have neither ended nor failed. */
    const sources = new Set(discovers.map((discover) => discover[Symbol.asyncIterator]()));
    /** Those that wait to be asked: what was read from them before has been handed out. */
    const idle = [...sources];
    /** What has been read, or what reading failed with, and has not been handed out. */
    const read: (() => [from: Upstream<K, In>, changes: Batch<K, In>])[] = [];

    const fail = (error: unknown): void => {
      read.push(() => {
        throw error;
      });
    };

    const ask = async (source: Upstream<K, In>): Promise<void> => {
      try {
        const step = await source.next();
        if (step.done) sources.delete(source);
        else read.push(() => [source, step.value]);
      } catch (error) {
        sources.delete(source);
        fail(error);
      }
      wake();
    };

    return {
      take() {
        const batch: Change<K, Out>[] = [];
        try {
          for (const take of read.splice(0)) {
            const [from, changes] = take();
            idle.push(from);
            for (const change of changes) {
              const translated = translate(change, from);
              if (translated !== undefined) batch.push(translated);
            }
          }
        } catch (error) {
          // What came before a failure goes first: services that were built for it must reach their owner.
          if (batch.length === 0) throw error;
          fail(error);
        }
        if (batch.length > 0) return batch;
        for (const source of idle.splice(0)) void ask(source);
        return sources.size + read.length > 0 ? batch : undefined;
      },
      leave: () => Promise.allSettled([...sources].map(async (source) => source.return?.())),
    };
  };
  return { [Symbol.asyncIterator]: () => batchReader(open) };
}
