// The requests in flight of all endpoints of a layer, each endpoint's in the order in which they began.

/**
 * A doubly linked list for each endpoint, all in flat arrays whose places are used again: noting a begin or an end takes
 * a few writes, whatever is in flight, and allocates nothing once the arrays have grown. A ticket is a place, from 1;
 * ticket 0 is nobody's and stands for the end of a list.
 */
export class InFlight {
  readonly startedAt: number[] = [0];
  /** How many were in flight on the same endpoint when it began, itself included. */
  readonly place: number[] = [0];
  readonly older: number[] = [0];
  readonly newer: number[] = [0];
  /** The first of the free places, which are linked by `newer`. */
  #free = 0;

  /** Notes a begin behind `newest`, the newest one in flight on the same endpoint, 0 for none. Returns its ticket. */
  add(newest: number, startedAt: number, place: number): number {
    const ticket = this.#free || this.place.length;
    this.#free = this.newer[this.#free] as number;
    this.startedAt[ticket] = startedAt;
    this.place[ticket] = place;
    this.older[ticket] = newest;
    this.newer[ticket] = 0;
    if (newest > 0) this.newer[newest] = ticket;
    return ticket;
  }

  /** Forgets one that is over. */
  delete(ticket: number): void {
    const older = this.older[ticket] as number;
    const newer = this.newer[ticket] as number;
    if (older > 0) this.newer[older] = newer;
    if (newer > 0) this.older[newer] = older;
    this.newer[ticket] = this.#free;
    this.#free = ticket;
  }
}
