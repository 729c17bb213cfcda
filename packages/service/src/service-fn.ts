// A function as a service.

import { checkFunction } from "@bal/errors";
import type { CallOptions, Service } from "./service.ts";

const noOptions: CallOptions = Object.freeze({});

/**
 * A service out of a function that is always ready.
 *
 * An abort rejects the call at once with `signal.reason`, even if `fn` does not listen; what `fn` still returns or
 * throws then is dropped. A throw of `fn` is a rejection. With a signal that was aborted already `fn` is not called.
 *
 * @example
 * ```ts
 * import { serviceFn } from "@bal/service";
 *
 * const double = serviceFn(async (n: number) => n * 2);
 * console.log(await double.call(21)); // → 42
 * ```
 *
 * @throws InvalidOptionError when `fn` is not a function
 */
export function serviceFn<Req = void, Res = unknown>(
  fn: (request: Req, options: CallOptions) => Res | PromiseLike<Res>,
): Service<Req, Res> {
  checkFunction("fn", fn);
  return {
    ready: () => true,
    call(request, options = noOptions) {
      const { signal } = options;
      if (signal?.aborted) return Promise.reject(signal.reason);
      let response: Promise<Res>;
      try {
        response = Promise.resolve(fn(request, options));
      } catch (error) {
        response = Promise.reject(error);
      }
      return signal === undefined ? response : untilAbort(response, signal);
    },
  };
}

function untilAbort<Res>(response: Promise<Res>, signal: AbortSignal): Promise<Res> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    const settled = (): void => signal.removeEventListener("abort", aborted);
    signal.addEventListener("abort", aborted);
    response.then(resolve, reject).finally(settled);
  });
}
