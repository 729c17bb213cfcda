// The load that counts requests in flight.

import type { CallOptions, Load, Service } from "@bal/service";
import type { Completion } from "./completion.ts";
import { Measured } from "./measured.ts";
import { type Rules, readRules } from "./rules.ts";

export interface PendingRequestsOptions<Base = unknown> {
  /** When a request counts as over; `onResponse` unless given. */
  readonly completion?: Completion<Base>;
}

/** Counts of requests are compared wherever they come from. */
const order: object = {};

/**
 * Load = the number of requests begun and not yet complete ("least loaded" in Finagle, "least request" in Envoy).
 *
 * @example
 * ```ts
 * import { serviceFn } from "@bal/service";
 * import { pendingRequests } from "@bal/load";
 *
 * const service = pendingRequests()(serviceFn(async (name: string) => `hello ${name}`));
 * const answer = service.call("bal");
 * console.log(service.load()); // → 1
 * await answer;
 * console.log(service.load()); // → 0
 * ```
 *
 * @throws InvalidOptionError
 */
export function pendingRequests<Base = unknown>(
  options: PendingRequestsOptions<Base> = {},
): <Req, Res extends Base>(inner: Service<Req, Res>) => Service<Req, Res> & Load {
  const rules = readRules<Base>(options);
  return (inner) => new PendingRequests(inner, rules);
}

class PendingRequests<Req, Res> extends Measured<Req, Res, Rules> {
  get order(): object {
    return order;
  }

  load(): number {
    return this.pending;
  }

  rank(): number {
    return Math.log(this.pending);
  }

  override call(request: Req, options?: CallOptions): Promise<Res> {
    this.begin();
    return this.send(request, options, 0, 0);
  }

  protected ended(): void {
    this.end();
  }
}
