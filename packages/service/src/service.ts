// The contract of a service: something that answers requests and can say whether it has room for one more.

/** What a call may carry besides its request. */
export interface CallOptions {
  /** Aborts the call, before it starts or in flight. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers a request with a promise of a response.
 *
 * `ready()` is a question, `call()` is always safe: many callers share one service, and of several that each waited for
 * `ready()` only one may find the room. So `call` waits by itself, and `ready()` steers those who choose between
 * services. Between a `ready() === true` and a `call` in the same synchronous run nothing else can take the room.
 */
export interface Service<Req = never, Res = unknown> {
  /**
   * `true`: a call made now starts now. Else a promise that resolves when it is worth asking again, and rejects once
   * the service has failed for good. Synchronous, cheap, without effect on any request.
   *
   * Whoever asks owns the promise: it is handled, or it is an unhandled rejection. A promise that resolves although
   * nothing has changed makes those who follow it spin.
   */
  ready(): true | Promise<void>;
  /**
   * Starts at once when ready, else when its turn comes, first come first served. Never throws; rejects.
   *
   * An abort, before the start or in flight, rejects with `signal.reason`. Whoever does the work owes that; layers and
   * balancers pass the signal on, and answer for the time that a call waits with them.
   */
  call(request: Req, options?: CallOptions): Promise<Res>;
  /** Takes no further calls; resolves when those in flight have settled and what it held is freed. */
  close?(): Promise<void>;
}

/** What a service takes. */
export type RequestOf<S> = S extends { call(request: infer Req, options?: CallOptions): Promise<unknown> }
  ? Req
  : never;

/** What a service answers. */
export type ResponseOf<S> = S extends { call(request: never, options?: CallOptions): Promise<infer Res> } ? Res : never;
