// Power of two random choices: the picker that draws two endpoints and takes the less loaded.

import { checkFunction, checkMethods, checkNumber, checkObject } from "@bal/errors";
import type { Endpoint, Load, Picker } from "@bal/service";

export interface P2cOptions {
  /**
   * Endpoints drawn for each request, all where there are fewer: a whole number from 1. 2 unless given: the step from
   * one to two wins most, and no endpoint can get more than `choices / n` of the requests, which guards against a herd.
   */
  readonly choices?: number;
  /** Uniform in [0, 1); `Math.random` unless given. */
  readonly random?: () => number;
}

/**
 * Draws `choices` distinct ready endpoints uniformly and takes the one with the least load; equal loads are split
 * evenly, and a load that is NaN or throws never wins over a number. O(1) in each of its methods.
 *
 * With one ready endpoint its load is not asked.
 *
 * Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996; as in Finagle and tower.
 *
 * @throws InvalidOptionError
 */
export function p2c<E extends Endpoint<unknown, Load>>(options: P2cOptions = {}): Picker<E> {
  const { choices = 2, random = Math.random } = checkObject("options", options);
  checkNumber("choices", choices, { min: 1, whole: true });
  checkFunction("random", random);
  return new P2c<E>(choices, random);
}

class P2c<E extends Endpoint<unknown, Load>> implements Picker<E> {
  readonly #endpoints: E[] = [];
  readonly #choices: number;
  readonly #random: () => number;

  constructor(choices: number, random: () => number) {
    this.#choices = choices;
    this.#random = random;
  }

  add(endpoint: E): void {
    checkMethods("a service under p2c()", endpoint.service, ["load"]);
    endpoint.slot = this.#endpoints.push(endpoint) - 1;
  }

  delete(endpoint: E): void {
    const last = this.#endpoints.pop() as E;
    if (last !== endpoint) this.#put(last, endpoint.slot);
    endpoint.slot = -1;
  }

  pick(): E | undefined {
    const endpoints = this.#endpoints;
    const { length } = endpoints;
    if (length <= 1) return endpoints[0];
    if (this.#choices !== 2) return this.#pickOfSome(Math.min(this.#choices, length));
    const first = Math.floor(this.#random() * length);
    const other = Math.floor(this.#random() * (length - 1));
    const a = endpoints[first] as E;
    const b = endpoints[other < first ? other : other + 1] as E;
    return less(loadOf(b), loadOf(a)) ? b : a;
  }

  // The first steps of a Fisher-Yates shuffle: what was drawn moves to the front.
  #pickOfSome(choices: number): E {
    const endpoints = this.#endpoints;
    let best!: E;
    let least = Number.NaN;
    for (let drawn = 0; drawn < choices; drawn += 1) {
      const index = drawn + Math.floor(this.#random() * (endpoints.length - drawn));
      const endpoint = endpoints[index] as E;
      this.#put(endpoints[drawn] as E, index);
      this.#put(endpoint, drawn);
      const load = choices === 1 ? 0 : loadOf(endpoint);
      if (drawn === 0 || less(load, least)) {
        best = endpoint;
        least = load;
      }
    }
    return best;
  }

  #put(endpoint: E, slot: number): void {
    this.#endpoints[slot] = endpoint;
    endpoint.slot = slot;
  }
}

function loadOf(endpoint: Endpoint<unknown, Load>): number {
  try {
    return endpoint.service.load();
  } catch {
    return Number.NaN;
  }
}

/** Whether load `a` is better than load `b`. NaN is worse than any number. */
function less(a: number, b: number): boolean {
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}
