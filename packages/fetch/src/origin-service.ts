// One origin as a service: puts itself in front of the path, and lets a limited number of requests run at once.

import { ClosedError } from "@bal/errors";
import { type CallOptions, type Load, type Room, room, type Service, startCall, waitingLine } from "@bal/service";
import type { OriginRequest } from "./origin-request.ts";
import { Sending } from "./sending.ts";

/**
 * Says when a request counts as over: calls `complete` once, and returns the response to hand on. What `@bal/load` calls
 * a completion (`onBody`).
 */
export type Completion = (response: Response, complete: () => void) => Response;

/** An origin as the balancer sees it. */
export type OriginEndpoint = Service<OriginRequest, Response> & Load;

/** What the origins of one balanced fetch share. */
export interface OriginOptions {
  readonly fetch: (input: string, init?: RequestInit) => Promise<Response>;
  readonly concurrency: number;
  readonly completion: Completion;
  /** The endpoints that the request which is being placed right now must not go to. */
  avoided: ReadonlySet<object> | undefined;
  closed(origin: OriginService): void;
}

/** Why an attempt was called off. */
export const triedAlready: unique symbol = Symbol("tried already");

export class OriginService implements Service<OriginRequest, Response>, Load {
  readonly origin: string;
  readonly #options: OriginOptions;
  readonly #waiting = waitingLine<OriginRequest, Response>();
  #running = 0;
  #room: Room | undefined;
  #closing: Promise<void> | undefined;

  constructor(origin: string, options: OriginOptions) {
    this.origin = origin;
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  load(): number {
    return this.#running;
  }

  get hasRoom(): boolean {
    return this.#running < this.#options.concurrency && this.#waiting.size === 0;
  }

  ready(): true | Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed(this.origin));
    // Whoever chooses takes another then, and asks again when this run is over.
    if (this.#options.avoided?.has(this)) return Promise.resolve();
    return this.hasRoom ? true : this.roomPromise();
  }

  /** Resolves when the next request is over. */
  roomPromise(): Promise<void> {
    this.#room ??= room();
    return this.#room.promise;
  }

  call(request: OriginRequest, options?: CallOptions): Promise<Response> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#closing !== undefined) return Promise.reject(closed(this.origin));
    if (request instanceof Sending) {
      if (request.tried?.has(this)) {
        request.callOff?.abort(triedAlready);
        return Promise.reject(triedAlready);
      }
      request.at = this;
    }
    return this.hasRoom ? this.#start(request) : this.#waiting.add(request, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #start({ path, init }: OriginRequest): Promise<Response> {
    const { fetch, completion } = this.#options;
    this.#running += 1;
    let over = false;
    const complete = (): void => {
      if (over) return;
      over = true;
      this.#ended();
    };
    const failed = (error: unknown): never => {
      complete();
      throw error;
    };
    const respond = (response: Response): Response => {
      try {
        return completion(response, complete);
      } catch (error) {
        return failed(error);
      }
    };
    return startCall({ ready: () => true, call: () => fetch(this.origin + path, init) }, undefined).then(
      respond,
      failed,
    );
  }

  #ended(): void {
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) next.start(this.#start(next.request));
    else if (this.#room !== undefined) {
      this.#room.resolve();
      this.#room = undefined;
    }
  }

  async #close(): Promise<void> {
    this.#options.closed(this);
    this.#waiting.rejectAll(closed(this.origin));
    this.#room?.resolve();
    while (this.#running > 0) {
      this.#room = room();
      await this.#room.promise;
    }
  }
}

function closed(origin: string): ClosedError {
  return new ClosedError(`the endpoint ${origin} was closed`);
}
