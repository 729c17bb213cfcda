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

// The line and its calls make a ring: the first comes after the line, and the line after the last.
interface Link<Req, Res> {
  previous: Link<Req, Res>;
  next: Link<Req, Res>;
}

interface Waiting<Req, Res> extends WaitingCall<Req, Res>, Link<Req, Res> {
  /** Listens to the signal, where there is one. */
  readonly aborted: (() => void) | undefined;
}

class Line<Req, Res> implements WaitingLine<Req, Res>, Link<Req, Res> {
  size = 0;
  previous: Link<Req, Res> = this;
  next: Link<Req, Res> = this;

  add(request: Req, options?: CallOptions): Promise<Res> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((start, reject) => {
      const aborted =
        signal &&
        ((): void => {
          this.#leave(call);
          reject(signal.reason);
        });
      const { previous } = this;
      const call: Waiting<Req, Res> = { request, options, start, reject, previous, next: this, aborted };
      previous.next = call;
      this.previous = call;
      this.size += 1;
      if (aborted) signal.addEventListener("abort", aborted);
    });
  }

  shift(): WaitingCall<Req, Res> | undefined {
    if (this.size === 0) return undefined;
    const first = this.next as Waiting<Req, Res>;
    this.#leave(first);
    return first;
  }

  rejectAll(error: unknown): void {
    for (let call = this.shift(); call !== undefined; call = this.shift()) call.reject(error);
  }

  #leave({ previous, next, options, aborted }: Waiting<Req, Res>): void {
    previous.next = next;
    next.previous = previous;
    this.size -= 1;
    if (aborted) options?.signal?.removeEventListener("abort", aborted);
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
