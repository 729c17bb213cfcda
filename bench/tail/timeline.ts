/** Virtual time: events in a heap, and nothing passes between two of them but the microtasks that they caused. */

/** Something that happens at a moment. `stamp` is handed back, so that an event overtaken by another is known as such. */
export interface Step {
  step(stamp: number): void;
}

/** Events by time, then by the order in which they were scheduled. Times are in milliseconds. */
export class Timeline {
  now = 0;
  #size = 0;
  #scheduled = 0;
  #at = new Float64Array(1024);
  #order = new Float64Array(1024);
  #stamp = new Float64Array(1024);
  #step: Step[] = [];

  /** When the next event is due, Infinity when there is none. */
  get next(): number {
    return this.#size > 0 ? this.#at[0]! : Infinity;
  }

  at(time: number, step: Step, stamp = 0): void {
    if (this.#size === this.#at.length) this.#grow();
    let place = this.#size++;
    const order = this.#scheduled++;
    const at = this.#at;
    // An event scheduled later never goes before one of the same time, so times alone decide on the way up.
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (at[parent]! <= time) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, time, order, stamp, step);
  }

  /** Runs `action` at `time`. */
  later(time: number, action: () => void): void {
    this.at(time, { step: action });
  }

  /** Moves time to the next event and runs it. */
  advance(): void {
    const step = this.#step[0]!;
    const stamp = this.#stamp[0]!;
    this.now = this.#at[0]!;
    const last = --this.#size;
    if (last > 0) this.#sink(this.#at[last]!, this.#order[last]!, this.#stamp[last]!, this.#step[last]!);
    this.#step.length = last;
    step.step(stamp);
  }

  #sink(time: number, order: number, stamp: number, step: Step): void {
    const at = this.#at;
    const size = this.#size;
    let place = 0;
    for (;;) {
      const first = 4 * place + 1;
      if (first >= size) break;
      let least = first;
      const end = Math.min(first + 4, size);
      for (let child = first + 1; child < end; child++) if (this.#before(child, least)) least = child;
      if (at[least]! > time || (at[least] === time && this.#order[least]! > order)) break;
      this.#move(least, place);
      place = least;
    }
    this.#put(place, time, order, stamp, step);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#at[a]! - this.#at[b]!;
    return difference < 0 || (difference === 0 && this.#order[a]! < this.#order[b]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#at[from]!, this.#order[from]!, this.#stamp[from]!, this.#step[from]!);
  }

  #put(place: number, time: number, order: number, stamp: number, step: Step): void {
    this.#at[place] = time;
    this.#order[place] = order;
    this.#stamp[place] = stamp;
    this.#step[place] = step;
  }

  #grow(): void {
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(2 * old.length);
      next.set(old);
      return next;
    };
    this.#at = grown(this.#at);
    this.#order = grown(this.#order);
    this.#stamp = grown(this.#stamp);
  }
}
