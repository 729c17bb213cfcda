// Reads other discovers, one batch of each ahead at most, and hands on what becomes of their changes.

import type { Change, Discover } from "@bal/service";
import { type Batch, BatchReader, type Feed, type Step } from "./batch-reader.ts";

/** What becomes of one change of the discover of that number; undefined: nothing. A throw fails the reader. */
export type Translate<K, In, Out> = (change: Change<K, In>, source: number) => Change<K, Out> | undefined;

/** An iterator over the changes of `discovers`, translated when they are handed out. */
export function pipe<K, In, Out>(
  discovers: readonly Discover<K, In>[],
  translate: Translate<K, In, Out>,
): AsyncIterator<Batch<K, Out>, undefined> {
  return new BatchReader((wake) => new Pipe(discovers, translate, wake));
}

interface Source<K, S> {
  readonly discover: Discover<K, S>;
  readonly number: number;
  iterator: AsyncIterator<Batch<K, S>> | undefined;
  /** It was asked, and what it answered has not been handed out. */
  asked: boolean;
}

class Pipe<K, In, Out> implements Feed<Batch<K, Out>> {
  readonly #translate: Translate<K, In, Out>;
  readonly #wake: () => void;
  /** Those that have not ended. */
  readonly #sources: Set<Source<K, In>>;
  /** What has been read and not been handed out. */
  #read: { readonly batch: Batch<K, In>; readonly source: Source<K, In> }[] = [];
  #failed: { readonly error: unknown } | undefined;

  constructor(discovers: readonly Discover<K, In>[], translate: Translate<K, In, Out>, wake: () => void) {
    this.#sources = new Set(
      discovers.map((discover, number) => ({ discover, number, iterator: undefined, asked: false })),
    );
    this.#translate = translate;
    this.#wake = wake;
  }

  wanted(): void {
    for (const source of this.#sources) if (!source.asked) void this.#ask(source);
  }

  take(): Step<Batch<K, Out>> | undefined {
    const value: Change<K, Out>[] = [];
    const read = this.#read;
    this.#read = [];
    try {
      for (const { batch, source } of read) {
        source.asked = false;
        for (const change of batch) {
          const translated = this.#translate(change, source.number);
          if (translated !== undefined) value.push(translated);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
    // What came before a failure goes first: services that were built for it must reach their owner.
    if (value.length > 0) return { done: false, value };
    if (this.#failed !== undefined) throw this.#failed.error;
    return this.#sources.size === 0 ? { done: true, value: undefined } : undefined;
  }

  leave(): Promise<unknown> {
    this.#read = [];
    return this.#leaveSources();
  }

  async #ask(source: Source<K, In>): Promise<void> {
    source.asked = true;
    try {
      source.iterator ??= source.discover[Symbol.asyncIterator]();
      const step = await source.iterator.next();
      if (!this.#sources.has(source)) return;
      if (step.done) this.#sources.delete(source);
      else this.#read.push({ batch: step.value, source });
    } catch (error) {
      // One that failed is not left again, nor does it count what one fails with that has been left.
      if (!this.#sources.delete(source)) return;
      this.#fail(error);
    }
    this.#wake();
  }

  #fail(error: unknown): void {
    this.#failed ??= { error };
    // With a failure to tell already, one on leaving is told to nobody.
    this.#leaveSources().catch(() => {});
  }

  #leaveSources(): Promise<unknown> {
    const sources = [...this.#sources];
    this.#sources.clear();
    return Promise.all(sources.map(async (source) => source.iterator?.return?.()));
  }
}
