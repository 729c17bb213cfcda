// The two shapes of undici's handlers: the old one (`onConnect`, `onHeaders`, …) and the new one (`onRequestStart`, …).

import type { Duplex } from "node:stream";

/** Headers or trailers as the old shape has them: names and values in turn. */
export type RawHeaders = readonly (Buffer | string | readonly (Buffer | string)[])[];
export type Headers = Record<string, string | string[] | undefined>;

/** What a new handler is given to steer its request with. */
export interface Controller {
  readonly aborted: boolean;
  readonly reason: unknown;
  readonly paused: boolean;
  readonly rawHeaders?: RawHeaders | null;
  readonly rawTrailers?: RawHeaders | null;
  abort(reason: unknown): void;
  pause(): void;
  resume(): void;
}

/** Both report the progress of an upload alike. */
export interface UploadHandler {
  onBodySent?(chunk: unknown): unknown;
  onRequestSent?(): unknown;
  onResponseStarted?(): unknown;
}

/** Undici 7.30 and 8, and the fetch of Node 26. */
export interface NewHandler extends UploadHandler {
  onRequestStart(controller: Controller, context?: unknown): void;
  onRequestUpgrade?(controller: Controller, statusCode: number, headers: Headers, socket: Duplex): void;
  onResponseStart?(controller: Controller, statusCode: number, headers: Headers, statusMessage?: string): void;
  onResponseData?(controller: Controller, chunk: Buffer): void;
  onResponseEnd?(controller: Controller, trailers: Headers): void;
  onResponseError?(controller: Controller | null, error: unknown): void;
}

/** Undici 6 and 7, and the fetch of Node 20, 22 and 24. */
export interface OldHandler extends UploadHandler {
  onConnect(abort: (reason?: unknown) => void, context?: unknown): void;
  onHeaders?(statusCode: number, rawHeaders: RawHeaders, resume: () => void, statusMessage?: string): unknown;
  onUpgrade?(statusCode: number, rawHeaders: RawHeaders, socket: Duplex): void;
  onData?(chunk: Buffer): unknown;
  onComplete?(rawTrailers: RawHeaders): void;
  onError?(error: unknown): void;
}

export type Handler = NewHandler | OldHandler;

/** By what it can do, not by its class: several copies of undici live side by side. One that can do both is a new one. */
export function isNew(handler: Handler): handler is NewHandler {
  // Read as a property, which the engine remembers the way to; `in` searches the whole chain each time.
  return (handler as Partial<NewHandler>).onRequestStart !== undefined;
}

/** Whether it can be told of its failure, the least that a handler must be able to hear. */
export function isHandler(handler: unknown): boolean {
  if (typeof handler !== "object" || handler === null) return false;
  const { onError, onResponseError } = handler as Partial<OldHandler & NewHandler>;
  return onError !== undefined || onResponseError !== undefined;
}

/** Tells a handler that its request has failed without ever having begun. */
export function fail(handler: Handler, error: unknown): void {
  if (isNew(handler)) handler.onResponseError?.(null, error);
  else handler.onError?.(error);
}
