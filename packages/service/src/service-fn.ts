// A function as a service.

import { checkFunction } from "@bal/errors";
import type { CallOptions, Service } from "./service.ts";
import { startCall } from "./start-call.ts";

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
  // One that may throw or answer a plain value, as `startCall` allows.
  const service: Service<Req, Res> = { ready: () => true, call: fn as Service<Req, Res>["call"] };
  return {
    ready: service.ready,
    call(request, options = noOptions) {
      const { signal } = options;
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (signal === undefined) return startCall(service, request, options);
      return new Promise((resolve, reject) => {
        const aborted = (): void => reject(signal.reason);
        // Before the function is called: it may abort the signal itself.
        signal.addEventListener("abort", aborted);
        const over = (): void => signal.removeEventListener("abort", aborted);
        startCall(service, request, options).then(
          (response) => {
            over();
            resolve(response);
          },
          (error: unknown) => {
            over();
            reject(error);
          },
        );
      });
    },
  };
}
