// The ways to balance that the gateway compares: a load and a picker each. A further one is a further entry.

import { mapEndpoints } from "@bal/discover";
import { least } from "@bal/least";
import { expectedDelay, peakEwma, pendingRequests } from "@bal/load";
import { type Balance, balance, p2c } from "@bal/p2c";
import type { Discover, Endpoint } from "@bal/service";
import type { ProxyRequest, ProxyResponse } from "../proxy/message.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { randomChoice } from "./random-choice.ts";
import { roundRobin } from "./round-robin.ts";

export type GatewayBalance = Balance<string, ProxyRequest, ProxyResponse>;

type UpstreamEndpoint = Endpoint<string, Upstream>;

export interface Strategy {
  /** What `--strategy` calls it. */
  readonly id: string;
  readonly title: string;
  /** A balance over upstreams that others close. `random` is uniform in [0, 1). */
  over(
    upstreams: Discover<string, Upstream>,
    options: { readonly random: () => number; readonly maxQueue: number },
  ): GatewayBalance;
}

/** A request counts as pending until the last byte of its answer. */
function completion(response: ProxyResponse, complete: () => void): ProxyResponse {
  response.body.once("close", () => complete());
  return response;
}

/** What comes of an upgrade may go on for days, which is no round trip: for a load that measures, it ends with its 101. */
function measuredCompletion(response: ProxyResponse, complete: () => void): ProxyResponse {
  if (response.upgraded === undefined) return completion(response, complete);
  complete();
  return response;
}

/** An answer that says "not me" is a failure of the endpoint, and must not make it look fast. */
function failed(outcome: { readonly response: ProxyResponse } | { readonly error: unknown }): boolean {
  return "error" in outcome || outcome.response.status >= 500;
}

export const strategies: readonly Strategy[] = [
  {
    id: "round-robin",
    title: "round robin",
    over: (upstreams, { maxQueue }) =>
      balance(upstreams, { picker: roundRobin<UpstreamEndpoint>(), closes: false, maxQueue }),
  },
  {
    id: "random",
    title: "random",
    over: (upstreams, { random, maxQueue }) =>
      balance(upstreams, { picker: randomChoice<UpstreamEndpoint>(random), closes: false, maxQueue }),
  },
  {
    id: "p2c-pending",
    title: "P2C + pending",
    over: (upstreams, { random, maxQueue }) =>
      balance(mapEndpoints(upstreams, pendingRequests({ completion })), {
        picker: p2c({ random }),
        closes: false,
        maxQueue,
      }),
  },
  {
    id: "p2c-peak-ewma",
    title: "P2C + peak EWMA",
    over: (upstreams, { random, maxQueue }) =>
      balance(mapEndpoints(upstreams, peakEwma({ completion: measuredCompletion, failed })), {
        picker: p2c({ random }),
        closes: false,
        maxQueue,
      }),
  },
  {
    id: "least-expected-delay",
    title: "least expected delay",
    over: (upstreams, { random, maxQueue }) =>
      balance(mapEndpoints(upstreams, expectedDelay({ completion: measuredCompletion, failed })), {
        picker: least({ random }),
        closes: false,
        maxQueue,
      }),
  },
];
