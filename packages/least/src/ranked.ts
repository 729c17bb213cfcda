// Endpoints whose loads share an order that time does not move: a 4-ary heap of their ranks in flat arrays.

import { type Candidates, type Loaded, rankOf } from "./candidates.ts";

/** Up to so many are looked at one by one, in no order: cheaper than keeping a heap (measured, `bench/tail/cost.ts`). */
const few = 8;
const arity = 4;

/**
 * O(log n) when an endpoint comes, goes or changes, and at a pick; where t are equally the least, a pick takes
 * O(min(t, n / t)) beside it.
 *
 * A rank noted is never above the true one, since ranks fall only when that is told. So the least of those noted is the
 * least of all as soon as it is found unchanged; if it has grown by itself, as it may while requests are in flight, it is
 * noted anew, and the next is looked at.
 */
export class Ranked<E extends Loaded> implements Candidates<E> {
  readonly order: object;
  readonly #endpoints: E[] = [];
  readonly #ranks: number[] = [];
  /** Places, used again at every pick that has to choose between equal ones. */
  readonly #equal: number[] = [];
  /** Who has changed since its rank was noted: a request that begins and ends before the next pick is noted once. */
  #stale: E | undefined;

  constructor(order: object) {
    this.order = order;
  }

  get size(): number {
    return this.#endpoints.length;
  }

  has(endpoint: E): boolean {
    return this.#endpoints[endpoint.slot] === endpoint;
  }

  add(endpoint: E): void {
    const place = this.#endpoints.length;
    this.#put(endpoint, rankOf(endpoint), place);
    if (place > few) this.#settle(place);
    else if (place === few) for (let parent = (place - 1) >> 2; parent >= 0; parent -= 1) this.#sink(parent);
  }

  delete(endpoint: E): void {
    if (this.#stale === endpoint) this.#stale = undefined;
    const place = endpoint.slot;
    const last = this.#endpoints.pop() as E;
    const rank = this.#ranks.pop() as number;
    endpoint.slot = -1;
    if (last === endpoint) return;
    this.#put(last, rank, place);
    this.#settle(place);
  }

  changed(endpoint: E): void {
    if (this.#stale === endpoint) return;
    this.#refresh();
    this.#stale = endpoint;
  }

  best(random: () => number): E {
    const fresh = this.#refresh();
    // Nobody's rank moves twice in one instant, so this ends; the bound is for loads that break their word.
    for (let looked = 0; ; looked += 1) {
      const place = this.size > few ? this.#top(random) : this.#least(random);
      const endpoint = this.#endpoints[place] as E;
      if (endpoint === fresh || endpoint.service.pending === 0) return endpoint;
      const rank = rankOf(endpoint);
      if (rank <= (this.#ranks[place] as number) || looked === this.size) return endpoint;
      this.#note(endpoint, rank);
    }
  }

  /** Notes the rank of who has changed; returns it, undefined for nobody. */
  #refresh(): E | undefined {
    const stale = this.#stale;
    if (stale === undefined) return undefined;
    this.#stale = undefined;
    this.#note(stale, rankOf(stale));
    return stale;
  }

  #note(endpoint: E, rank: number): void {
    this.#ranks[endpoint.slot] = rank;
    this.#settle(endpoint.slot);
  }

  /** One of the least, each as likely, by looking at all. */
  #least(random: () => number): number {
    const ranks = this.#ranks;
    let least = ranks[0] as number;
    let best = 0;
    let equal = 1;
    for (let place = 1; place < ranks.length; place += 1) {
      const rank = ranks[place] as number;
      if (rank < least) {
        least = rank;
        best = place;
        equal = 1;
      } else if (rank === least) equal += 1;
    }
    if (equal === 1) return best;
    let skip = Math.floor(random() * equal);
    while (skip > 0) {
      best += 1;
      if (ranks[best] === least) skip -= 1;
    }
    return best;
  }

  /** One of the least, each as likely, from the heap. */
  #top(random: () => number): number {
    const ranks = this.#ranks;
    const least = ranks[0] as number;
    if (ranks[1] !== least && ranks[2] !== least && ranks[3] !== least && ranks[4] !== least) return 0;
    // Where many are equal a blind draw soon hits one of them; where few are they are soon counted from the top down.
    for (let effort = 4; ; effort *= 4) {
      for (let drawn = 0; drawn < effort; drawn += 1) {
        const place = Math.floor(random() * ranks.length);
        if (ranks[place] === least) return place;
      }
      const equal = this.#equals(least, 4 * effort);
      if (equal > 0) return this.#equal[Math.floor(random() * equal)] as number;
    }
  }

  /** Collects the places of rank `least`, which are all connected to the top; gives up, with 0, at `most` of them. */
  #equals(least: number, most: number): number {
    const ranks = this.#ranks;
    const found = this.#equal;
    let size = 1;
    found[0] = 0;
    for (let looked = 0; looked < size; looked += 1) {
      if (size >= most) return 0;
      const first = arity * (found[looked] as number) + 1;
      const end = Math.min(first + arity, ranks.length);
      for (let child = first; child < end; child += 1) if (ranks[child] === least) found[size++] = child;
    }
    return size;
  }

  /** Moves what is at `place` to where its rank belongs. */
  #settle(place: number): void {
    if (this.size > few && !this.#rise(place)) this.#sink(place);
  }

  #rise(place: number): boolean {
    const endpoint = this.#endpoints[place] as E;
    const ranks = this.#ranks;
    const rank = ranks[place] as number;
    let to = place;
    while (to > 0) {
      const parent = (to - 1) >> 2;
      if ((ranks[parent] as number) <= rank) break;
      this.#put(this.#endpoints[parent] as E, ranks[parent] as number, to);
      to = parent;
    }
    if (to === place) return false;
    this.#put(endpoint, rank, to);
    return true;
  }

  #sink(place: number): void {
    const endpoint = this.#endpoints[place] as E;
    const ranks = this.#ranks;
    const rank = ranks[place] as number;
    const { length } = ranks;
    let to = place;
    for (let first = arity * to + 1; first < length; first = arity * to + 1) {
      const end = Math.min(first + arity, length);
      let child = first;
      for (let other = first + 1; other < end; other += 1) {
        if ((ranks[other] as number) < (ranks[child] as number)) child = other;
      }
      if ((ranks[child] as number) >= rank) break;
      this.#put(this.#endpoints[child] as E, ranks[child] as number, to);
      to = child;
    }
    if (to !== place) this.#put(endpoint, rank, to);
  }

  #put(endpoint: E, rank: number, place: number): void {
    this.#endpoints[place] = endpoint;
    this.#ranks[place] = rank;
    endpoint.slot = place;
  }
}
