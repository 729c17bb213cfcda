// Begins a call on a service that may be written by anyone.

import { isAnswer } from "./answer.ts";
import type { CallOptions, Service } from "./service.ts";

/**
 * `service.call(request, options)`, with a throw made the rejection that it should have been, a plain value the
 * response, and any other thenable a promise, which settles once whatever the thenable does: one that breaks the
 * contract must not take a place for ever, nor give one back twice.
 */
export function startCall<Req, Res>(service: Service<Req, Res>, request: Req, options?: CallOptions): Promise<Res> {
  try {
    const response = service.call(request, options);
    return response instanceof Promise || isAnswer(response) ? response : Promise.resolve(response);
  } catch (error) {
    return Promise.reject(error);
  }
}
