// Several layers as one.

import { checkFunction } from "@bal/errors";
import type { Layer } from "./layer.ts";

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
/**
 * One layer out of several: the first is the outermost, so it sees a request first and its response last.
 *
 * @throws InvalidOptionError when one of them is not a function
 */
export function stack(...layers: readonly Layer<unknown>[]): Layer<unknown> {
  layers.forEach((layer, index) => {
    checkFunction(`layers[${index}]`, layer);
  });
  return (inner) => layers.reduceRight((service, layer) => layer(service), inner);
}
