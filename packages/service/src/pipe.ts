// A discover that reads others, one batch of each at a time, and hands on what becomes of their changes.

import { checkMethods } from "@bal/errors";
import { type Batch, batchStep } from "./batch-step.ts";
import type { Change, Discover } from "./discover.ts";
import { type Feed, reader } from "./reader.ts";

type Upstream<K, S> = AsyncIterator<Batch<K, S>>;

/** What becomes of a change that came from that iterator; undefined: nothing. A throw fails the discover. */
export type Translate<K, In, Out> = (change: Change<K, In>, from: Upstream<K, In>) => Change<K, Out> | undefined;

/** In the place of a batch: its source is being asked for one. */
const asked: Batch<never, never> = [];

/**
 * The changes of `discovers`, translated when they are handed out, by a translation of its own for each reader. Ends with
 * the last of them, fails with the first that fails or gives what is no batch, and leaves the others then. What one fails
 * with on being left is dropped.
 */
export function pipe<K, In, Out>(
  discovers: readonly Discover<K, In>[],
  translation: () => Translate<K, In, Out>,
): Discover<K, Out> {
  for (const discover of discovers) checkMethods("discover", discover, [Symbol.asyncIterator]);
  const open = (wake: () => void): Feed<Batch<K, Out>> => {
    const translate = translation();
    /**
     * What was read of each and has not been handed out, in the order in which it was read. Those that have ended or
     * failed are none of them.
     */
    const sources = new Map<Upstream<K, In>, Batch<K, In>>();
    for (const discover of discovers) sources.set(discover[Symbol.asyncIterator](), []);
    /** What one of them or the translation failed with first; it comes after all that was translated. */
    let failure: { readonly error: unknown } | undefined;

    const ask = async (source: Upstream<K, In>): Promise<void> => {
      sources.set(source, asked);
      try {
        const { done, value } = await source.next();
        sources.delete(source);
        if (!done) sources.set(source, value);
      } catch (error) {
        sources.delete(source);
        failure ??= { error };
      }
      wake();
    };

    return {
      take() {
        const batch: Change<K, Out>[] = [];
        try {
          for (const [source, changes] of sources) {
            if (changes === asked) continue;
            sources.set(source, []);
            for (const change of checkMethods("a batch of discover", changes, [Symbol.iterator])) {
              const translated = translate(change, source);
              if (translated) batch.push(translated);
            }
          }
        } catch (error) {
          // What was built before it goes first: it must reach its owner.
          failure ??= { error };
        }
        if (batch.length === 0) {
          if (failure) throw failure.error;
          for (const [source, changes] of sources) if (changes !== asked) void ask(source);
        }
        return batchStep(batch, !failure && sources.size === 0);
      },
      leave: () => Promise.allSettled([...sources.keys()].map(async (source) => source.return?.())),
    };
  };
  return { [Symbol.asyncIterator]: () => reader(open) };
}
