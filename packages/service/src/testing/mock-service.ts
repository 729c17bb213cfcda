// A service that a test answers by hand, as tower-test's mock does for Rust.

import { ClosedError, checkNumber } from "@bal/errors";
import { type Room, room } from "../room.ts";
import type { CallOptions, Service } from "../service.ts";
import { waitingLine } from "../waiting-line.ts";

/** A request that has reached the mock. The first of an answer and an abort counts; what comes later does nothing. */
export interface MockCall<Req, Res> {
  readonly request: Req;
  readonly signal: AbortSignal | undefined;
  respond(response: Res): void;
  reject(error: unknown): void;
}

/** The test's end of a mock. */
export interface MockHandle<Req, Res> {
  /** The next `n` requests find room, whatever was allowed before. Those that wait are started first. */
  allow(n: number): void;
  /** Fails for good: `ready()` rejects, waiting and later calls reject, what is in flight is still the test's to answer. */
  fail(error: unknown): void;
  /** The next request that has started and has not been handed out here, first come first served. */
  nextCall(): Promise<MockCall<Req, Res>>;
  /** Requests in flight, in the order in which they started. */
  readonly calls: readonly MockCall<Req, Res>[];
  /** How many calls wait for room. */
  readonly waiting: number;
  /** How many requests have started so far. */
  readonly received: number;
  /** How often `close()` was called. */
  readonly closed: number;
}

export interface MockOptions {
  /** How many requests find room at first. Infinity unless given: always ready. */
  readonly allow?: number;
}

/**
 * A service whose readiness and answers a test decides.
 *
 * @example
 * ```ts
 * import { mockService } from "@bal/service/testing";
 *
 * const { service, handle } = mockService<string, number>({ allow: 0 });
 * const answer = service.call("how many?");
 * handle.allow(1);
 * const call = await handle.nextCall();
 * call.respond(call.request.length);
 * console.log(await answer); // → 9
 * ```
 */
export function mockService<Req = unknown, Res = unknown>(
  options: MockOptions = {},
): { readonly service: Service<Req, Res> & { close(): Promise<void> }; readonly handle: MockHandle<Req, Res> } {
  const mock = new Mock<Req, Res>(options.allow ?? Infinity);
  return { service: mock, handle: mock.handle };
}

class Mock<Req, Res> implements Service<Req, Res> {
  readonly handle: MockHandle<Req, Res>;
  #room: number;
  #received = 0;
  #closed = 0;
  #end: { readonly error: unknown } | undefined;
  #change: Room | undefined;
  readonly #waiting = waitingLine<Req, Res>();
  readonly #calls = new Set<MockCall<Req, Res>>();
  readonly #untaken = new Set<MockCall<Req, Res>>();
  readonly #takers: ((call: MockCall<Req, Res>) => void)[] = [];
  readonly #drained = room();

  constructor(allow: number) {
    this.#room = checkNumber("allow", allow, { whole: true });
    const mock = this;
    this.handle = {
      allow: (n) => mock.#allow(n),
      fail: (error) => mock.#endWith(error),
      nextCall: () => mock.#nextCall(),
      get calls() {
        return [...mock.#calls];
      },
      get waiting() {
        return mock.#waiting.size;
      },
      get received() {
        return mock.#received;
      },
      get closed() {
        return mock.#closed;
      },
    };
  }

  ready(): true | Promise<void> {
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    if (this.#room > 0) return true;
    this.#change ??= room();
    return this.#change.promise;
  }

  call(request: Req, options?: CallOptions): Promise<Res> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    return this.#room > 0 ? this.#start(request, options?.signal) : this.#waiting.add(request, options);
  }

  async close(): Promise<void> {
    this.#closed += 1;
    this.#endWith(new ClosedError("the mock service was closed"));
    if (this.#calls.size > 0) await this.#drained.promise;
  }

  #start(request: Req, signal: AbortSignal | undefined): Promise<Res> {
    this.#room -= 1;
    this.#received += 1;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        signal?.removeEventListener("abort", aborted);
        this.#calls.delete(call);
        this.#untaken.delete(call);
        if (this.#end !== undefined && this.#calls.size === 0) this.#drained.resolve();
      };
      const call: MockCall<Req, Res> = {
        request,
        signal,
        respond(response) {
          over();
          resolve(response);
        },
        reject(error) {
          over();
          reject(error);
        },
      };
      const aborted = (): void => call.reject(signal?.reason);
      signal?.addEventListener("abort", aborted);
      this.#calls.add(call);
      const taker = this.#takers.shift();
      if (taker === undefined) this.#untaken.add(call);
      else taker(call);
    });
  }

  #allow(n: number): void {
    this.#room = checkNumber("n", n, { whole: true });
    if (this.#end !== undefined) return;
    while (this.#room > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next.start(this.#start(next.request, next.options?.signal));
    }
    if (this.#room > 0) this.#tell()?.resolve();
  }

  #endWith(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#waiting.rejectAll(error);
    this.#tell()?.reject(error);
  }

  /** The promise that everyone has who asked; the next to ask gets another. */
  #tell(): Room | undefined {
    const change = this.#change;
    this.#change = undefined;
    return change;
  }

  #nextCall(): Promise<MockCall<Req, Res>> {
    const [call] = this.#untaken;
    if (call === undefined) return new Promise((resolve) => this.#takers.push(resolve));
    this.#untaken.delete(call);
    return Promise.resolve(call);
  }
}
