/** What a server knows of the times that requests took: the latest ones, by how many requests they met (for Prequal). */

const kept = 16;
/** Older ones say nothing of today, in ms. */
const recentMs = 5_000;

export class RecentTimes {
  readonly #times: Float64Array[] = [];
  readonly #count: number[] = [];
  readonly #notedAt: number[] = [];
  readonly #sorted = new Float64Array(kept);

  note(met: number, ms: number, at: number): void {
    while (this.#times.length <= met) {
      this.#times.push(new Float64Array(kept));
      this.#count.push(0);
      this.#notedAt.push(-Infinity);
    }
    this.#times[met]![this.#count[met]! % kept] = ms;
    this.#count[met]!++;
    this.#notedAt[met] = at;
  }

  /** The median of those that met as many requests as there are now, or the nearest number of which there are any; 0 without. */
  median(inside: number, at: number): number {
    const most = Math.max(inside, this.#times.length - 1 - inside);
    for (let away = 0; away <= most; away++) {
      if (this.#recent(inside - away, at)) return this.#medianOf(inside - away);
      if (this.#recent(inside + away, at)) return this.#medianOf(inside + away);
    }
    return 0;
  }

  #recent(met: number, at: number): boolean {
    return met >= 0 && met < this.#times.length && at - this.#notedAt[met]! < recentMs;
  }

  #medianOf(met: number): number {
    const times = this.#times[met]!;
    const size = Math.min(kept, this.#count[met]!);
    const sorted = this.#sorted;
    for (let next = 0; next < size; next++) {
      const ms = times[next]!;
      let place = next;
      for (; place > 0 && sorted[place - 1]! > ms; place--) sorted[place] = sorted[place - 1]!;
      sorted[place] = ms;
    }
    return sorted[size >> 1]!;
  }
}
