// A request on its way, and where it has been.

import type { OriginRequest } from "./origin-request.ts";

export class Sending implements OriginRequest {
  readonly path: string;
  readonly init: RequestInit | undefined;
  /** The endpoint that has it, once one has begun it. */
  at: object | undefined;
  /** The endpoints that had it, when it is sent again. */
  tried: Set<object> | undefined;
  /** Calls an attempt off that came to an endpoint which had it already. */
  callOff: AbortController | undefined;

  constructor(path: string, init: RequestInit | undefined) {
    this.path = path;
    this.init = init;
  }
}
