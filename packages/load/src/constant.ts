// A load that never changes.

import { checkNumber } from "@bal/errors";
import type { Load, Service } from "@bal/service";
import { Wrapped } from "./wrapped.ts";

/** All constants have one order: they are the numbers they are. */
const order: object = {};

/**
 * Gives a service a load that stays: with the same one everywhere a picker draws at random, with different ones it
 * prefers the lesser. Adds nothing to a request.
 *
 * @param load a number from 0, Infinity included
 *
 * @example
 * ```ts
 * import { serviceFn } from "@bal/service";
 * import { constant } from "@bal/load";
 *
 * const service = constant(3)(serviceFn(async (name: string) => `hello ${name}`));
 * console.log(service.load()); // → 3
 * ```
 *
 * @throws InvalidOptionError
 */
export function constant(load: number): <Req, Res>(inner: Service<Req, Res>) => Service<Req, Res> & Load {
  checkNumber("load", load);
  return (inner) => new Constant(inner, load);
}

class Constant<Req, Res> extends Wrapped<Req, Res> implements Load {
  readonly #load: number;

  constructor(inner: Service<Req, Res>, load: number) {
    super(inner);
    this.#load = load;
  }

  get order(): object {
    return order;
  }

  load(): number {
    return this.#load;
  }

  rank(): number {
    return Math.log(this.#load);
  }
}
