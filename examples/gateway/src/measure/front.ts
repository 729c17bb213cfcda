// Counts and times the requests of clients, from their header to the end of their answer.

import type { ServerResponse } from "node:http";
import { type Percentiles, Recent } from "./recent.ts";

export interface Front {
  watch(response: ServerResponse): void;
  figures(): FrontFigures;
}

export interface FrontFigures {
  readonly uptimeMs: number;
  readonly requests: number;
  /** Answered 5xx, or cut off. */
  readonly errors: number;
  readonly inFlight: number;
  readonly latency: Percentiles;
}

export function front(): Front {
  const born = performance.now();
  const latency = new Recent();
  let requests = 0;
  let errors = 0;
  let inFlight = 0;
  return {
    watch(response) {
      const begin = performance.now();
      requests += 1;
      inFlight += 1;
      response.once("close", () => {
        inFlight -= 1;
        if (!response.writableFinished || response.statusCode >= 500) errors += 1;
        // After an upgrade that is for how long the two spoke.
        if (response.statusCode !== 101) latency.add(performance.now() - begin);
      });
    },
    figures: () => ({
      uptimeMs: Math.round(performance.now() - born),
      requests,
      errors,
      inFlight,
      latency: latency.percentiles(),
    }),
  };
}
