// A layer that lets a limited number of requests run at once.

import { ClosedError, checkMethods, checkNumber } from "@bal/errors";
import { type Follower, follow } from "./follow.ts";
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
  return (inner) => new Limited(checkMethods("inner", inner, ["ready", "call"]), max);
}

// Follows each response, which frees its place.
class Limited<Req, Res> implements Service<Req, Res>, Follower<Res> {
  readonly #inner: Service<Req, Res>;
  readonly #max: number;
  readonly #waiting = waitingLine<Req, Res>();
  #running = 0;
  #room: Room | undefined;
  #closing: Promise<void> | undefined;

  constructor(inner: Service<Req, Res>, max: number) {
    this.#inner = inner;
    this.#max = max;
  }

  ready(): true | Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#running < this.#max && this.#waiting.size === 0) return this.#inner.ready();
    this.#room ??= room();
    return this.#room.promise;
  }

  call(request: Req, options?: CallOptions): Promise<Res> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#running < this.#max && this.#waiting.size === 0) return this.#start(request, options);
    return this.#waiting.add(request, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  fulfilled(): void {
    this.#ended();
  }

  rejected(): void {
    this.#ended();
  }

  #start(request: Req, options: CallOptions | undefined): Promise<Res> {
    this.#running += 1;
    const response = startCall(this.#inner, request, options);
    follow(response, this);
    return response;
  }

  #ended(): void {
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) next.start(this.#start(next.request, next.options));
    else if (this.#closing === undefined || this.#running === 0) {
      this.#room?.resolve();
      this.#room = undefined;
    }
  }

  async #close(): Promise<void> {
    this.#waiting.rejectAll(closed());
    this.#room?.resolve();
    this.#room = this.#running > 0 ? room() : undefined;
    const drained = this.#room?.promise;
    // At once: a call that waits below counts as running here, and would not end before.
    await this.#inner.close?.();
    await drained;
  }
}

function closed(): ClosedError {
  return new ClosedError("the concurrency limit was closed");
}
