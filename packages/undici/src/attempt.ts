// One attempt of a request on one endpoint: hands everything on to the request's handler, and tells how it ended.

import type { Duplex } from "node:stream";
import type { Dispatching, DispatchResult } from "./dispatching.ts";
import {
  type Controller,
  type Headers,
  isNew,
  Modernized,
  type NewHandler,
  type OldHandler,
  type RawHeaders,
} from "./handler.ts";

/** Who has the attempt. */
export interface AttemptEvents {
  /** It has a connection. */
  began(): void;
  /** It is over. */
  ended(): void;
  /** It got no connection, and nothing of it was sent. */
  refused(error: unknown): void;
}

/** What both shapes have in common. */
export abstract class Attempt implements DispatchResult {
  readonly promise: Promise<DispatchResult>;
  status = 0;
  over = false;
  protected readonly dispatching: Dispatching;
  readonly #events: AttemptEvents;
  #began = false;
  #resolve!: (result: DispatchResult) => void;
  #reject!: (error: unknown) => void;

  constructor(dispatching: Dispatching, events: AttemptEvents) {
    this.dispatching = dispatching;
    this.#events = events;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  abstract get headers(): DispatchResult["headers"];

  protected begin(): void {
    this.#began = true;
    this.#events.began();
  }

  /** Before its handler is told, which may send the next request. */
  protected succeed(): void {
    if (this.over) return;
    this.over = true;
    this.dispatching.settled = true;
    this.#events.ended();
    this.#resolve(this);
  }

  /** Whether its handler is to be told; else the request goes elsewhere. */
  protected failed(error: unknown, byCaller: boolean): boolean {
    if (this.over) return true;
    this.over = true;
    const { dispatching } = this;
    const refused = !this.#began && !byCaller && !isCallersError(error);
    if (refused) this.#events.refused(error);
    this.#events.ended();
    // Only what the endpoint is to blame for goes into its load; that it cannot be reached, its readiness shows.
    if (!this.#began || byCaller) dispatching.signal.abort(error);
    if (!refused) dispatching.settled = true;
    this.#reject(error);
    return !refused;
  }
}

/** For dispatchers that take handlers of the new shape. */
export class NewAttempt extends Attempt implements NewHandler {
  readonly #handler: NewHandler;
  #headers: Headers = {};

  constructor(dispatching: Dispatching, events: AttemptEvents) {
    super(dispatching, events);
    const { handler } = dispatching;
    this.#handler = isNew(handler) ? handler : new Modernized(handler);
  }

  get headers(): DispatchResult["headers"] {
    return { get: (name) => [this.#headers[name] ?? []].flat().join(", ") || null };
  }

  onRequestStart(controller: Controller, context?: unknown): void {
    this.begin();
    this.#handler.onRequestStart(controller, context);
  }

  onRequestUpgrade(controller: Controller, statusCode: number, headers: Headers, socket: Duplex): void {
    this.status = statusCode;
    this.#headers = headers;
    this.succeed();
    this.#handler.onRequestUpgrade?.(controller, statusCode, headers, socket);
  }

  onResponseStart(controller: Controller, statusCode: number, headers: Headers, statusMessage?: string): void {
    this.status = statusCode;
    this.#headers = headers;
    this.#handler.onResponseStart?.(controller, statusCode, headers, statusMessage);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.succeed();
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller | null, error: unknown): void {
    if (this.failed(error, controller?.aborted === true)) this.#handler.onResponseError?.(controller, error);
  }

  onBodySent(chunk: unknown): unknown {
    return this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): unknown {
    return this.#handler.onRequestSent?.();
  }

  onResponseStarted(): unknown {
    return this.#handler.onResponseStarted?.();
  }
}

/** For an old handler and a dispatcher that takes it as it is. */
export class OldAttempt extends Attempt implements OldHandler {
  readonly #handler: OldHandler;
  #rawHeaders: RawHeaders = [];
  #aborted = false;

  constructor(dispatching: Dispatching, handler: OldHandler, events: AttemptEvents) {
    super(dispatching, events);
    this.#handler = handler;
  }

  get headers(): DispatchResult["headers"] {
    return { get: (name) => find(this.#rawHeaders, name) };
  }

  onConnect(abort: (reason?: unknown) => void, context?: unknown): void {
    this.begin();
    const abortByCaller = (reason?: unknown): void => {
      this.#aborted = true;
      abort(reason);
    };
    this.#handler.onConnect(abortByCaller, context);
  }

  onHeaders(statusCode: number, rawHeaders: RawHeaders, resume: () => void, statusMessage?: string): unknown {
    this.status = statusCode;
    this.#rawHeaders = rawHeaders;
    return this.#handler.onHeaders?.(statusCode, rawHeaders, resume, statusMessage);
  }

  onUpgrade(statusCode: number, rawHeaders: RawHeaders, socket: Duplex): void {
    this.status = statusCode;
    this.#rawHeaders = rawHeaders;
    this.succeed();
    this.#handler.onUpgrade?.(statusCode, rawHeaders, socket);
  }

  onData(chunk: Buffer): unknown {
    return this.#handler.onData?.(chunk);
  }

  onComplete(rawTrailers: RawHeaders): void {
    this.succeed();
    this.#handler.onComplete?.(rawTrailers);
  }

  onError(error: unknown): void {
    if (this.failed(error, this.#aborted)) this.#handler.onError?.(error);
  }

  onBodySent(chunk: unknown): unknown {
    return this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): unknown {
    return this.#handler.onRequestSent?.();
  }

  onResponseStarted(): unknown {
    return this.#handler.onResponseStarted?.();
  }
}

/** A request that would be refused everywhere. */
function isCallersError(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED" || code === "UND_ERR_ABORTED";
}

function find(rawHeaders: RawHeaders, name: string): string | null {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (String(rawHeaders[i]).toLowerCase() === name) return String(rawHeaders[i + 1]);
  }
  return null;
}
