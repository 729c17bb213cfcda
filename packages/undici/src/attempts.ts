// Attempts in the two shapes that handlers have.

import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import { Attempt, type AttemptEvents, type Journey } from "./attempt.ts";
import {
  type Controller,
  type Handler,
  type Headers,
  isNew,
  type NewHandler,
  type OldHandler,
  type RawHeaders,
} from "./handler.ts";

/** The first attempt of a request. */
export function firstAttempt(opts: Dispatcher.DispatchOptions, handler: Handler, events: AttemptEvents): Attempt {
  return isNew(handler)
    ? new NewAttempt(opts, handler, events, undefined)
    : new OldAttempt(opts, handler, events, undefined);
}

// While it waits it is also what its handler steers it with.
class NewAttempt extends Attempt<NewHandler> implements NewHandler, Controller {
  readonly paused = false;
  #headers: Headers = {};

  again(journey: Journey): NewAttempt {
    return new NewAttempt(this.opts, this.handler, this.events, journey);
  }

  get(name: string): string | null {
    return [this.#headers[name] ?? []].flat().join(", ") || null;
  }

  onRequestStart(controller: Controller, context?: unknown): void {
    if (this.begin(controller)) this.handler.onRequestStart(controller, context);
    else controller.abort(this.reason);
  }

  onRequestUpgrade(controller: Controller, statusCode: number, headers: Headers, socket: Duplex): void {
    this.status = statusCode;
    this.#headers = headers;
    this.succeed();
    this.handler.onRequestUpgrade?.(controller, statusCode, headers, socket);
  }

  onResponseStart(controller: Controller, statusCode: number, headers: Headers, statusMessage?: string): void {
    this.status = statusCode;
    this.#headers = headers;
    this.handler.onResponseStart?.(controller, statusCode, headers, statusMessage);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.succeed();
    this.handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller | null, error: unknown): void {
    this.unwanted ||= controller?.aborted === true;
    if (this.failed(error)) this.handler.onResponseError?.(controller, error);
  }

  waits(): void {
    this.handler.onRequestStart(this);
  }

  pause(): void {}
  resume(): void {}
}

class OldAttempt extends Attempt<OldHandler> implements OldHandler {
  #rawHeaders: RawHeaders = [];

  again(journey: Journey): OldAttempt {
    return new OldAttempt(this.opts, this.handler, this.events, journey);
  }

  get(name: string): string | null {
    const raw = this.#rawHeaders;
    const at = raw.findIndex((one, index) => index % 2 === 0 && String(one).toLowerCase() === name);
    return at < 0 ? null : String(raw[at + 1]);
  }

  onConnect(abort: (reason?: unknown) => void, context?: unknown): void {
    const giveUp = (reason?: unknown): void => {
      this.unwanted = true;
      abort(reason);
    };
    if (this.begin(giveUp)) this.handler.onConnect(giveUp, context);
    else abort(this.reason);
  }

  onHeaders(statusCode: number, rawHeaders: RawHeaders, resume: () => void, statusMessage?: string): unknown {
    this.status = statusCode;
    this.#rawHeaders = rawHeaders;
    return this.handler.onHeaders?.(statusCode, rawHeaders, resume, statusMessage);
  }

  onUpgrade(statusCode: number, rawHeaders: RawHeaders, socket: Duplex): void {
    this.status = statusCode;
    this.#rawHeaders = rawHeaders;
    this.succeed();
    this.handler.onUpgrade?.(statusCode, rawHeaders, socket);
  }

  onData(chunk: Buffer): unknown {
    return this.handler.onData?.(chunk);
  }

  onComplete(rawTrailers: RawHeaders): void {
    this.succeed();
    this.handler.onComplete?.(rawTrailers);
  }

  onError(error: unknown): void {
    if (this.failed(error)) this.handler.onError?.(error);
  }

  waits(): void {
    this.handler.onConnect((reason) => this.abort(reason));
  }
}
