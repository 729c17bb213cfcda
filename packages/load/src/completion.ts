// When a request counts as over.

/** How a request ended, where more is known than that it did. */
export interface End {
  /** What broke it off after the response had come: a body that failed. The load takes it as a rejection. */
  readonly error?: unknown;
  /** `false` when the time of the end says nothing about the endpoint: the load counts it as over and learns nothing. */
  readonly measured?: boolean;
}

/** Tells that the request is over. Only the first call counts. */
export type Complete = (end?: End) => void;

/**
 * Says when a request counts as over: called once with its response and with `complete`, which it calls then or later.
 * What it returns is handed to the caller in place of the response. When it throws, the request is over, and the call
 * rejects with what was thrown.
 *
 * A completion that waits for `response` to become garbage must not let `complete` hold it; the load does not.
 */
export type Completion<in out Res> = (response: Res, complete: Complete) => Res;

/** Over as soon as the response has come: the default, since nothing need be known about the response. */
export const onResponse = <Res>(response: Res, complete: Complete): Res => {
  complete();
  return response;
};
