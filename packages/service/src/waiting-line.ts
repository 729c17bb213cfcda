// The queue of calls that wait for their turn: first come, first served, and an abort leaves at once.

import type { CallOptions } from "./service.ts";

/** A call at the head of the line, taken out to be started. */
export interface WaitingCall<Req, Res> {
  readonly request: Req;
  readonly options: CallOptions | undefined;
  /** Settles the caller's promise as `response` does. */
  start(response: Promise<Res>): void;
  /** Rejects the caller's promise. */
  reject(error: unknown): void;
}

/** Calls that wait. Every method is O(1), whatever the length, but `rejectAll`. */
export interface WaitingLine<Req, Res> {
  readonly size: number;
  /** Puts a call at the end; its promise settles when the call was started and has settled, or was rejected or aborted. */
  add(request: Req, options?: CallOptions): Promise<Res>;
  /** Takes the first call out; it must be started or rejected. Its signal is the starter's from here on. */
  shift(): WaitingCall<Req, Res> | undefined;
  /** Empties the line. */
  rejectAll(error: unknown): void;
}

class Waiting<Req, Res> implements WaitingCall<Req, Res> {
  readonly request: Req;
  readonly options: CallOptions | undefined;
  readonly promise: Promise<Res>;
  start!: (response: Promise<Res>) => void;
  reject!: (error: unknown) => void;
  previous: Waiting<Req, Res> | undefined;
  next: Waiting<Req, Res> | undefined;
  readonly #line: Line<Req, Res>;

  constructor(line: Line<Req, Res>, request: Req, options: CallOptions | undefined) {
    this.#line = line;
    this.request = request;
    this.options = options;
    this.promise = new Promise<Res>((resolve, reject) => {
      this.start = resolve;
      this.reject = reject;
    });
    options?.signal?.addEventListener("abort", this);
  }

  // An event listener without a closure.
  handleEvent(): void {
    this.#line.unlink(this);
    this.reject(this.options?.signal?.reason);
  }
}

class Line<Req, Res> implements WaitingLine<Req, Res> {
  size = 0;
  #first: Waiting<Req, Res> | undefined;
  #last: Waiting<Req, Res> | undefined;

  add(request: Req, options?: CallOptions): Promise<Res> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const call = new Waiting(this, request, options);
    call.previous = this.#last;
    if (this.#last === undefined) this.#first = call;
    else this.#last.next = call;
    this.#last = call;
    this.size += 1;
    return call.promise;
  }

  shift(): WaitingCall<Req, Res> | undefined {
    const call = this.#first;
    if (call !== undefined) this.unlink(call);
    return call;
  }

  rejectAll(error: unknown): void {
    for (let call = this.shift(); call !== undefined; call = this.shift()) call.reject(error);
  }

  unlink(call: Waiting<Req, Res>): void {
    if (call.previous === undefined) this.#first = call.next;
    else call.previous.next = call.next;
    if (call.next === undefined) this.#last = call.previous;
    else call.next.previous = call.previous;
    this.size -= 1;
    call.options?.signal?.removeEventListener("abort", call);
  }
}

/**
 * An empty line, for a service that lets calls wait.
 *
 * @example
 * ```ts
 * import { waitingLine } from "@bal/service";
 *
 * const line = waitingLine<string, string>();
 * const answer = line.add("ping");
 * console.log(line.size); // → 1
 * const call = line.shift();
 * call?.start(Promise.resolve(`${call.request}, pong`));
 * console.log(await answer); // → ping, pong
 * ```
 */
export function waitingLine<Req, Res>(): WaitingLine<Req, Res> {
  return new Line<Req, Res>();
}
