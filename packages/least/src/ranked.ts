// Endpoints whose loads share an order that time does not move: a 4-ary heap of their ranks in flat arrays.

import { type Candidates, type Loaded, moveTo, rankOf } from "./candidates.ts";

const arity = 4;
/** Room for so many at first. */
const room = 16;

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
  /** By slot. */
  readonly #endpoints: E[] = [];
  /** Where in the heap each slot is. */
  #places = new Int32Array(room);
  /** The heap: the rank at each place, and whose it is, by slot. Numbers move in it, not endpoints. */
  #ranks = new Float64Array(room);
  #slots = new Int32Array(room);
  /** Places, used again at every pick that has to choose between equal ones. */
  readonly #equal: number[] = [];

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
    const last = this.#endpoints.push(endpoint) - 1;
    endpoint.slot = last;
    if (last === this.#ranks.length) {
      this.#places = doubled(this.#places, new Int32Array(2 * last));
      this.#ranks = doubled(this.#ranks, new Float64Array(2 * last));
      this.#slots = doubled(this.#slots, new Int32Array(2 * last));
    }
    this.#put(last, rankOf(endpoint), last);
    this.#rise(last);
  }

  delete(endpoint: E): void {
    const { slot } = endpoint;
    const place = this.#places[slot] as number;
    const moved = this.#endpoints.pop() as E;
    const last = this.size;
    this.#put(this.#slots[last] as number, this.#ranks[last] as number, place);
    if (moved !== endpoint) {
      this.#endpoints[slot] = moved;
      moveTo(slot, moved);
      const at = this.#places[last] as number;
      this.#places[slot] = at;
      this.#slots[at] = slot;
    }
    endpoint.slot = -1;
    if (place < last) this.#settle(place);
  }

  changed(endpoint: E): void {
    this.#note(endpoint, rankOf(endpoint));
  }

  best(random: () => number): E {
    // Nobody's rank moves twice in one instant, so this ends; the bound is for loads that break their word.
    for (let looked = 0; ; looked += 1) {
      const place = this.#top(random);
      const endpoint = this.#endpoints[this.#slots[place] as number] as E;
      if (endpoint.service.pending === 0) return endpoint;
      const rank = rankOf(endpoint);
      if (rank <= (this.#ranks[place] as number) || looked === this.size) return endpoint;
      this.#note(endpoint, rank);
    }
  }

  #note(endpoint: E, rank: number): void {
    const place = this.#places[endpoint.slot] as number;
    if (rank === this.#ranks[place]) return;
    this.#ranks[place] = rank;
    this.#settle(place);
  }

  /** One of the least, each as likely. */
  #top(random: () => number): number {
    if (this.size === 1) return 0;
    const ranks = this.#ranks;
    const least = ranks[0] as number;
    if (ranks[1] !== least && ranks[2] !== least && ranks[3] !== least && ranks[4] !== least) return 0;
    // Where many are equal a blind draw soon hits one of them; where few are they are soon counted from the top down.
    for (let effort = 4; ; effort *= 4) {
      for (let drawn = 0; drawn < effort; drawn += 1) {
        const place = Math.floor(random() * this.size);
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
      const end = Math.min(first + arity, this.size);
      for (let child = first; child < end; child += 1) if (ranks[child] === least) found[size++] = child;
    }
    return size;
  }

  /** Moves what is at `place` to where its rank belongs. */
  #settle(place: number): void {
    if (!this.#rise(place)) this.#sink(place);
  }

  #rise(place: number): boolean {
    const ranks = this.#ranks;
    const rank = ranks[place] as number;
    const slot = this.#slots[place] as number;
    let to = place;
    while (to > 0) {
      const parent = (to - 1) >> 2;
      if ((ranks[parent] as number) <= rank) break;
      this.#put(this.#slots[parent] as number, ranks[parent] as number, to);
      to = parent;
    }
    if (to === place) return false;
    this.#put(slot, rank, to);
    return true;
  }

  #sink(place: number): void {
    const ranks = this.#ranks;
    const rank = ranks[place] as number;
    const slot = this.#slots[place] as number;
    const { size } = this;
    let to = place;
    for (let first = arity * to + 1; first < size; first = arity * to + 1) {
      const end = Math.min(first + arity, size);
      let child = first;
      for (let other = first + 1; other < end; other += 1) {
        if ((ranks[other] as number) < (ranks[child] as number)) child = other;
      }
      if ((ranks[child] as number) >= rank) break;
      this.#put(this.#slots[child] as number, ranks[child] as number, to);
      to = child;
    }
    if (to !== place) this.#put(slot, rank, to);
  }

  #put(slot: number, rank: number, place: number): void {
    this.#slots[place] = slot;
    this.#ranks[place] = rank;
    this.#places[slot] = place;
  }
}

function doubled<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
