// A layer that lets a limited number of requests run at once.

import { ClosedError, checkNumber } from "@bal/errors";
import { checkService } from "./check-service.ts";
import { type Room, room } from "./room.ts";
import type { CallOptions, Service } from "./service.ts";
import { startCall } from "./start-call.ts";
import { waitingLine } from "./waiting-line.ts";

/**
 * Ready while fewer than `max` requests are in flight and the service below is ready; else callers wait their turn,
 * first come first served. Each service that the layer wraps has a limit of its own.
 *
 * @example
 * ```ts
 * import { concurrencyLimit, serviceFn } from "@bal/service";
 *
 * const service = concurrencyLimit(1)(serviceFn(async (n: number) => n * 2));
 * const first = service.call(1);
 * console.log(service.ready() === true); // → false
 * const second = service.call(2); // waits for the first
 * console.log(await first, await second); // → 2 4
 * ```
 *
 * @param max requests in flight at once: a whole number from 1
 * @throws InvalidOptionError
 */
export function concurrencyLimit(max: number): <Req, Res>(inner: Service<Req, Res>) => Service<Req, Res> {
  checkNumber("max", max, { min: 1, whole: true });
  return <Req, Res>(inner: Service<Req, Res>): Service<Req, Res> => {
    checkService("inner", inner);
    const waiting = waitingLine<Req, Res>();
    let running = 0;
    /** For those who wait until something here changes. */
    let changed: Room | undefined;
    let closing: Promise<void> | undefined;

    const change = (): Promise<void> => {
      changed ??= room();
      return changed.promise;
    };
    const tellChange = (): void => {
      changed?.resolve();
      changed = undefined;
    };
    const start = (request: Req, options: CallOptions | undefined): Promise<Res> => {
      running += 1;
      const response = startCall(inner, request, options);
      void response.then(ended, ended);
      return response;
    };
    /** A response has come, and its place is free. */
    const ended = (): void => {
      running -= 1;
      const next = waiting.shift();
      if (next === undefined) tellChange();
      else next.start(start(next.request, next.options));
    };
    const close = async (): Promise<void> => {
      waiting.rejectAll(closed());
      tellChange();
      try {
        // At once: a call that waits below counts as running here, and would not end before.
        await inner.close?.();
      } finally {
        while (running > 0) await change();
      }
    };

    return {
      ready() {
        if (closing !== undefined) return Promise.reject(closed());
        return running < max ? inner.ready() : change();
      },
      call(request, options) {
        if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
        if (closing !== undefined) return Promise.reject(closed());
        return running < max ? start(request, options) : waiting.add(request, options);
      },
      close() {
        if (closing === undefined) {
          const over = room();
          // First: what is closed below may close this one in turn.
          closing = over.promise;
          close().then(over.resolve, over.reject);
        }
        return closing;
      },
    };
  };
}

function closed(): ClosedError {
  return new ClosedError("the concurrency limit was closed");
}
