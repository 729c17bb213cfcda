// Asks a service that may be written by anyone whether it is ready.

import { EndpointError } from "@bal/errors";
import type { Service } from "./service.ts";

/**
 * `service.ready()`, with a throw made the rejection that it should have been, and an answer that is neither true nor a
 * promise a rejection with `EndpointError`: who waits for nothing would wait for ever, or spin.
 */
export function askReady(service: Pick<Service, "ready">): true | Promise<void> {
  try {
    const answer = service.ready() as true | PromiseLike<void> | undefined;
    if (answer === true || typeof answer?.then === "function") return answer as true | Promise<void>;
    throw new EndpointError(`ready() returned ${String(answer)}, neither true nor a promise`);
  } catch (error) {
    return Promise.reject(error);
  }
}
