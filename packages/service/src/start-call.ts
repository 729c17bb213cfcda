// Begins a call on a service that may be written by anyone.

import type { CallOptions, Service } from "./service.ts";

/**
 * `service.call(request, options)`, with a throw made the rejection that it should have been, and a plain value the
 * response: one that breaks the contract must not take a place for ever.
 */
export function startCall<Req, Res>(service: Service<Req, Res>, request: Req, options?: CallOptions): Promise<Res> {
  try {
    const response: Promise<Res> | undefined = service.call(request, options);
    return typeof response?.then === "function" ? response : Promise.resolve(response as Res);
  } catch (error) {
    return Promise.reject(error);
  }
}
