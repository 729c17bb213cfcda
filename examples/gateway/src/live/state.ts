// What the live page shows: a snapshot of the gateway that goes into JSON.

import type { Gateway } from "../gateway.ts";
import type { Percentiles } from "../measure/recent.ts";

export interface State {
  readonly strategy: { readonly id: string; readonly title: string };
  readonly uptimeMs: number;
  readonly requests: number;
  readonly errors: number;
  readonly inFlight: number;
  /** Requests that wait for an upstream with room. */
  readonly queue: number;
  /** As clients see it, in ms, of the last 10 to 20 s. */
  readonly latency: Percentiles;
  readonly endpoints: readonly EndpointFigures[];
}

export interface EndpointFigures {
  readonly url: string;
  readonly name: string;
  readonly ready: boolean;
  /** Whether it takes connections, as far as is known. */
  readonly up: boolean;
  /** What the strategy goes by; null where it goes by none. */
  readonly load: number | null;
  readonly inFlight: number;
  readonly requests: number;
  readonly errors: number;
  /** Of all requests so far, from 0 to 1. */
  readonly share: number;
  readonly latency: Percentiles;
}

export function stateOf({ upstreams, strategy, balance, traffic }: Gateway): State {
  const seen = new Map(balance.endpoints().map((endpoint) => [endpoint.key, endpoint]));
  const all = upstreams.reduce((sum, { requests }) => sum + requests, 0) || 1;
  return {
    strategy: { id: strategy.id, title: strategy.title },
    ...traffic.figures(),
    queue: balance.queued,
    endpoints: upstreams.map((upstream) => {
      const { url, name, up } = upstream;
      const endpoint = seen.get(url);
      const load = endpoint?.load ?? Number.NaN;
      const figures = upstream.figures();
      return {
        url,
        name,
        up,
        ready: up && endpoint?.ready === true,
        load: Number.isFinite(load) ? load : null,
        ...figures,
        share: figures.requests / all,
      };
    }),
  };
}
