// Several layers as one.

import { checkFunction } from "@bal/errors";
import type { Layer } from "./layer.ts";
import type { Load } from "./load.ts";
import type { Service } from "./service.ts";

/** A layer that fits every service, and leaves it what it takes and answers. */
type FittingLayer = <Req, Res>(inner: Service<Req, Res>) => Service<Req, Res>;

/** One that changes the load of every service that has one. */
type OverLoadLayer = <Req, Res>(inner: Service<Req, Res> & Load) => Service<Req, Res> & Load;

// The compiler infers from left to right, against the way of the types; where all between two ends fit any service, as in
// the first of the overloads below, it need not.
/**
 * One layer out of several: the first is the outermost, so it sees a request first and its response last.
 *
 * @example
 * ```ts
 * import { concurrencyLimit, type Layer, type Service, serviceFn, stack } from "@bal/service";
 *
 * const shout: Layer<Service<string, string>> = (inner) => ({
 *   ready: () => inner.ready(),
 *   call: async (request, options) => (await inner.call(request, options)).toUpperCase(),
 * });
 * const layer = stack(shout, concurrencyLimit(8));
 * const service = layer(serviceFn(async (name: string) => `hello ${name}`));
 * console.log(await service.call("bal")); // → HELLO BAL
 * ```
 *
 * @throws InvalidOptionError when one of them is not a function
 */
export function stack<Req, Res, Out>(
  first: Layer<Service<Req, Res>, Out>,
  ...others: readonly FittingLayer[]
): Layer<Service<Req, Res>, Out>;
export function stack(): <S>(inner: S) => S;
export function stack<Req, Res>(
  first: OverLoadLayer,
  second: Layer<Service<Req, Res>, Service<Req, Res> & Load>,
  ...others: readonly FittingLayer[]
): Layer<Service<Req, Res>, Service<Req, Res> & Load>;
export function stack<A, Req, Res, Out>(
  first: Layer<Service<Req, Res>, Out>,
  ...others: readonly [...FittingLayer[], Layer<A, Service<Req, Res>>]
): Layer<A, Out>;
export function stack<A, Req, Res>(
  first: OverLoadLayer,
  second: Layer<Service<Req, Res>, Service<Req, Res> & Load>,
  ...others: readonly [...FittingLayer[], Layer<A, Service<Req, Res>>]
): Layer<A, Service<Req, Res> & Load>;
export function stack<ReqIn, ResIn, Req, Res, Out>(
  first: Layer<Service<Req, Res>, Out>,
  second: Layer<Service<ReqIn, ResIn>, Service<Req, Res>>,
  ...others: readonly FittingLayer[]
): Layer<Service<ReqIn, ResIn>, Out>;
export function stack<A>(): Layer<A>;
export function stack<A, B>(first: Layer<A, B>): Layer<A, B>;
export function stack<A, B, C>(first: Layer<B, C>, second: Layer<A, B>): Layer<A, C>;
export function stack<A, B, C, D>(first: Layer<C, D>, second: Layer<B, C>, third: Layer<A, B>): Layer<A, D>;
export function stack<A, B, C, D, E>(
  first: Layer<D, E>,
  second: Layer<C, D>,
  third: Layer<B, C>,
  fourth: Layer<A, B>,
): Layer<A, E>;
export function stack<S>(...layers: readonly Layer<S>[]): Layer<S>;
export function stack(...layers: readonly Layer<never, unknown>[]): Layer<unknown, never> {
  layers.forEach((layer, index) => void checkFunction(`layers[${index}]`, layer));
  return (inner) => layers.reduceRight<unknown>((service, layer) => layer(service as never), inner) as never;
}
