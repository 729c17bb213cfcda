// What handlers hear of an upload, handed on; and an old handler in the new shape.

import type { Duplex } from "node:stream";
import type { Controller, Headers, NewHandler, OldHandler, RawHeaders, UploadHandler } from "./handler.ts";

/** Hands on what both shapes hear alike. */
export abstract class Passing<H extends UploadHandler> implements UploadHandler {
  readonly handler: H;

  constructor(handler: H) {
    this.handler = handler;
  }

  onBodySent(chunk: unknown): unknown {
    return this.handler.onBodySent?.(chunk);
  }

  onRequestSent(): unknown {
    return this.handler.onRequestSent?.();
  }

  onResponseStarted(): unknown {
    return this.handler.onResponseStarted?.();
  }
}

/** An old handler for a dispatcher that takes new ones only. */
export class Modernized extends Passing<OldHandler> implements NewHandler {
  onRequestStart(controller: Controller, context?: unknown): void {
    this.handler.onConnect((reason) => controller.abort(reason), context);
  }

  onRequestUpgrade(controller: Controller, statusCode: number, headers: Headers, socket: Duplex): void {
    this.handler.onUpgrade?.(statusCode, raw(controller.rawHeaders, headers), socket);
  }

  onResponseStart(controller: Controller, statusCode: number, headers: Headers, statusMessage?: string): void {
    const resume = (): void => controller.resume();
    const rawHeaders = raw(controller.rawHeaders, headers);
    if (this.handler.onHeaders?.(statusCode, rawHeaders, resume, statusMessage) === false) controller.pause();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.handler.onData?.(chunk) === false) controller.pause();
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.handler.onComplete?.(raw(controller.rawTrailers, trailers));
  }

  onResponseError(_: Controller | null, error: unknown): void {
    this.handler.onError?.(error);
  }
}

/** As they came, where undici kept that; HTTP/2 keeps an object. */
function raw(rawHeaders: RawHeaders | null | undefined, headers: Headers | undefined): RawHeaders {
  if (Array.isArray(rawHeaders)) return rawHeaders as RawHeaders;
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((one) => [Buffer.from(name, "latin1"), Buffer.from(one, "latin1")]),
  );
}
