// Keys and services that change, with readers who each get the whole set first and then what has changed since.

import type { Change } from "@bal/service";
import { type Batch, BatchReader, type Feed, type Step } from "./batch-reader.ts";

/** What is under a key, and whether any reader was handed it. */
interface Entry<S> {
  readonly service: S;
  read: boolean;
}

export interface LiveSetEvents<K, S> {
  /** The first reader has asked. */
  opened?(): void;
  /** The last reader has left. */
  idle?(): void;
  /** A service has left the set before any reader was handed it. */
  unread?(key: K, service: S): void;
}

export class LiveSet<K, S> {
  readonly #events: LiveSetEvents<K, S>;
  readonly #entries = new Map<K, Entry<S>>();
  readonly #feeds = new Set<SetFeed<K, S>>();
  #ended = false;

  constructor(events: LiveSetEvents<K, S>) {
    this.#events = events;
  }

  get entries(): ReadonlyMap<K, Entry<S>> {
    return this.#entries;
  }

  get ended(): boolean {
    return this.#ended;
  }

  insert(key: K, service: S): void {
    const old = this.#entries.get(key);
    if (old !== undefined && Object.is(old.service, service)) return;
    const entry = { service, read: false };
    this.#entries.set(key, entry);
    for (const feed of this.#feeds) feed.inserted(key, old !== undefined);
    this.#gone(key, old);
  }

  remove(key: K): boolean {
    const old = this.#entries.get(key);
    if (old === undefined) return false;
    this.#entries.delete(key);
    for (const feed of this.#feeds) feed.removed(key);
    this.#gone(key, old);
    return true;
  }

  end(): void {
    this.#ended = true;
    for (const feed of this.#feeds) feed.wake();
  }

  read(): BatchReader<Batch<K, S>> {
    return new BatchReader((wake) => new SetFeed(this, wake));
  }

  join(feed: SetFeed<K, S>): void {
    this.#feeds.add(feed);
    if (this.#feeds.size === 1) this.#events.opened?.();
  }

  part(feed: SetFeed<K, S>): void {
    if (this.#feeds.delete(feed) && this.#feeds.size === 0) this.#events.idle?.();
  }

  #gone(key: K, entry: Entry<S> | undefined): void {
    if (entry?.read === false) this.#events.unread?.(key, entry.service);
  }
}

/**
 * What one reader has not been handed yet: at most one removal and one insert for each key, so never more than what it
 * was handed and what the set holds.
 */
class SetFeed<K, S> implements Feed<Batch<K, S>> {
  readonly #set: LiveSet<K, S>;
  readonly wake: () => void;
  /** Keys that have changed; true where the reader is to be told of a removal first. Undefined before the first batch. */
  #changed: Map<K, { readonly known: boolean; removed: boolean }> | undefined;
  #joined = false;

  constructor(set: LiveSet<K, S>, wake: () => void) {
    this.#set = set;
    this.wake = wake;
  }

  wanted(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.#set.join(this);
  }

  inserted(key: K, known: boolean): void {
    if (this.#changed !== undefined && !this.#changed.has(key)) this.#changed.set(key, { known, removed: false });
    this.wake();
  }

  removed(key: K): void {
    const change = this.#changed?.get(key);
    if (change === undefined) this.#changed?.set(key, { known: true, removed: true });
    else if (change.known) change.removed = true;
    else this.#changed?.delete(key);
    this.wake();
  }

  take(): Step<Batch<K, S>> | undefined {
    const batch: Change<K, S>[] = [];
    for (const key of (this.#changed ?? this.#set.entries).keys()) {
      if (this.#changed?.get(key)?.removed) batch.push({ type: "remove", key });
      const entry = this.#set.entries.get(key);
      if (entry === undefined) continue;
      entry.read = true;
      batch.push({ type: "insert", key, service: entry.service });
    }
    this.#changed = new Map();
    if (batch.length > 0) return { done: false, value: batch };
    return this.#set.ended ? { done: true, value: undefined } : undefined;
  }

  leave(): void {
    this.#set.part(this);
    this.#changed = undefined;
  }
}
