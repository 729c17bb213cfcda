// A layer for an endpoint that is worth several.

import { checkMethods, checkNumber } from "@bal/errors";
import type { Load, LoadWatcher, Service } from "@bal/service";
import { Wrapped } from "./wrapped.ts";

/**
 * Divides the load of a service by `weight`: an endpoint of weight 3 may be three times as busy as one of weight 1 before
 * it counts as busier. It goes outside the layer that measures, since what a balancer asks is the outermost.
 *
 * @param weight a number above 0, not Infinity; 1 changes nothing
 *
 * @example
 * ```ts
 * import { serviceFn, stack } from "@bal/service";
 * import { constant, weighted } from "@bal/load";
 *
 * const service = weighted(4)(constant(2)(serviceFn(async () => "hello")));
 * console.log(service.load()); // → 0.5
 * ```
 *
 * @throws InvalidOptionError
 */
export function weighted(weight: number): <Req, Res>(inner: Service<Req, Res> & Load) => Service<Req, Res> & Load {
  checkNumber("weight", weight, { above: true, max: Number.MAX_VALUE });
  return (inner) => new Weighted(inner, weight);
}

class Weighted<Req, Res> extends Wrapped<Req, Res, Service<Req, Res> & Required<Load>> implements Load {
  readonly #weight: number;

  constructor(inner: Service<Req, Res> & Load, weight: number) {
    super(checkMethods("inner", inner, ["load"]) as Service<Req, Res> & Required<Load>);
    this.#weight = weight;
    // What the load below cannot do, this one must not seem to.
    for (const optional of ["rank", "watch", "unwatch"] as const) {
      if (inner[optional] === undefined) (this as Record<typeof optional, unknown>)[optional] = undefined;
    }
  }

  get order(): object {
    return this.inner.order;
  }

  get pending(): number {
    return this.inner.pending;
  }

  load(): number {
    return this.inner.load() / this.#weight;
  }

  rank(): number {
    return this.inner.rank() - Math.log(this.#weight);
  }

  watch(watcher: LoadWatcher): void {
    this.inner.watch(watcher);
  }

  unwatch(watcher: LoadWatcher): void {
    this.inner.unwatch(watcher);
  }
}
