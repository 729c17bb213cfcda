// The picker that takes the least loaded of all ready endpoints.

import { checkFunction, checkMethods, checkObject } from "@bal/errors";
import type { Endpoint, Load, Picker } from "@bal/service";
import { type Candidates, isMarked, loadOf, orderOf, turnMark } from "./candidates.ts";
import { Ranked } from "./ranked.ts";
import { Unranked } from "./unranked.ts";

export interface LeastOptions {
  /** Uniform in [0, 1); `Math.random` unless given. Asked only to choose between equal ones. */
  readonly random?: () => number;
}

/**
 * Takes an endpoint than which no ready one has a lesser load. Equal ones are as likely as each other, so that clients
 * that start together do not all run to the same one; a load that is NaN or throws never wins over a number.
 *
 * Loads with a `rank` are kept in a heap for each `order`: a pick first sets right, O(log n) each, those that have changed
 * since the pick before. Then the tops of the heaps are compared by their loads of this instant; equal heaps are as
 * likely as each other. Loads without a rank are all asked at every pick, O(n).
 *
 * Source: least loaded of all, in the literature "join the shortest queue"; with an estimate of time, "shortest
 * expected delay". A 4-ary indexed heap after D. B. Johnson, "Priority queues with update", 1975.
 *
 * @throws InvalidOptionError
 *
 * @example
 * ```ts
 * import { list } from "@bal/discover";
 * import { least } from "@bal/least";
 * import { pendingRequests } from "@bal/load";
 * import { balance } from "@bal/p2c";
 * import { serviceFn } from "@bal/service";
 *
 * const pending = pendingRequests();
 * const servers = ["a", "b", "c"].map((name) => pending(serviceFn(async () => name)));
 * await using balanced = balance(list(servers), { picker: least() });
 * const answers = await Promise.all([balanced.call(), balanced.call(), balanced.call()]);
 * console.log(answers.sort().join()); // → a,b,c
 * ```
 */
export function least<E extends Endpoint<unknown, Load>>(options: LeastOptions = {}): Picker<E> {
  const { random = Math.random } = checkObject("options", options);
  checkFunction("random", random);
  return new Least<E>(random);
}

/** To draw by where it does not matter which of the equal ones it is: the nearest at hand. */
const anyOfThem = (): number => 0;

class Least<E extends Endpoint<unknown, Load>> implements Picker<E> {
  readonly #random: () => number;
  /** None of them is empty. Few: one for each order. */
  readonly #sets: Candidates<E>[] = [];
  /** Who has changed since the last pick, each once, with a slot that is marked. */
  readonly #changed: E[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  add(endpoint: E): void {
    checkMethods("a service under least()", endpoint.service, ["load"]);
    const order = orderOf(endpoint);
    let set: Candidates<E> | undefined;
    for (const each of this.#sets) if (each.order === order) set = each;
    if (set === undefined) {
      set = order === undefined ? new Unranked<E>() : new Ranked<E>(order);
      this.#sets.push(set);
    }
    set.add(endpoint);
  }

  delete(endpoint: E): void {
    if (isMarked(endpoint)) turnMark(endpoint);
    const sets = this.#sets;
    const set = this.#setOf(endpoint);
    set.delete(endpoint);
    if (set.size === 0) sets.splice(sets.indexOf(set), 1);
  }

  changed(endpoint: E): void {
    if (isMarked(endpoint)) return;
    turnMark(endpoint);
    this.#changed.push(endpoint);
  }

  pick(): E | undefined {
    if (this.#changed.length > 0) this.#catchUp();
    const sets = this.#sets;
    return (sets.length > 1 ? this.#lowest() : sets[0])?.best(this.#random);
  }

  /** The set that has the least load of this instant; there are two or more. */
  #lowest(): Candidates<E> | undefined {
    let best: Candidates<E> | undefined;
    let lowest = Infinity;
    let equal = 0;
    for (const set of this.#sets) {
      const load = loadOf(set.best(anyOfThem));
      if (load < lowest || equal === 0) {
        best = set;
        lowest = load;
        equal = 1;
      } else if (load === lowest && this.#random() * ++equal < 1) best = set;
    }
    return best;
  }

  /** Gives all that have changed the places that are theirs now. */
  #catchUp(): void {
    const changed = this.#changed;
    for (let endpoint = changed.pop(); endpoint !== undefined; endpoint = changed.pop()) {
      // Or it went meanwhile, and may have come again.
      if (!isMarked(endpoint)) continue;
      turnMark(endpoint);
      const set = this.#setOf(endpoint);
      if (set.order === orderOf(endpoint)) set.changed(endpoint);
      else {
        this.delete(endpoint);
        this.add(endpoint);
      }
    }
  }

  #setOf(endpoint: E): Candidates<E> {
    const sets = this.#sets;
    let at = 0;
    while (!(sets[at] as Candidates<E>).has(endpoint)) at += 1;
    return sets[at] as Candidates<E>;
  }
}
