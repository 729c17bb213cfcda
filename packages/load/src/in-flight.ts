// The requests in flight of all endpoints of a layer, each endpoint's in the order in which they began.

const none = 0;

/**
 * A doubly linked list for each endpoint, all in flat arrays whose places are used again: noting a begin or an end takes
 * a few writes, whatever is in flight, and allocates nothing once the arrays have grown. A ticket is a place, from 1.
 */
export class InFlight {
  #startedAt = new Float64Array(64);
  #place = new Uint32Array(64);
  /** Towards older ones; the ends of every list are ticket 0, which belongs to nobody. */
  #older = new Uint32Array(64);
  #newer = new Uint32Array(64);
  /** The head of the list of free places, linked by `#newer`; beyond `#used` all are free. */
  #free = none;
  #used = 1;

  /** Notes a begin behind `newest`, the newest one in flight on the same endpoint, 0 for none. Returns its ticket. */
  add(newest: number, startedAt: number, place: number): number {
    let ticket = this.#free;
    if (ticket === none) {
      ticket = this.#used++;
      if (ticket === this.#place.length) this.#grow();
    } else this.#free = this.#newer[ticket] as number;
    this.#startedAt[ticket] = startedAt;
    this.#place[ticket] = place;
    this.#older[ticket] = newest;
    this.#newer[newest] = ticket;
    this.#newer[ticket] = none;
    return ticket;
  }

  /** Forgets one that is over. */
  delete(ticket: number): void {
    const older = this.#older[ticket] as number;
    const newer = this.#newer[ticket] as number;
    this.#newer[older] = newer;
    this.#older[newer] = older;
    this.#newer[ticket] = this.#free;
    this.#free = ticket;
  }

  startedAt(ticket: number): number {
    return this.#startedAt[ticket] as number;
  }

  place(ticket: number): number {
    return this.#place[ticket] as number;
  }

  older(ticket: number): number {
    return this.#older[ticket] as number;
  }

  newer(ticket: number): number {
    return this.#newer[ticket] as number;
  }

  #grow(): void {
    this.#startedAt = grown(this.#startedAt, Float64Array);
    this.#place = grown(this.#place, Uint32Array);
    this.#older = grown(this.#older, Uint32Array);
    this.#newer = grown(this.#newer, Uint32Array);
  }
}

function grown<A extends Float64Array | Uint32Array>(array: A, Grown: new (length: number) => A): A {
  const twice = new Grown(array.length * 2);
  twice.set(array);
  return twice;
}
