// Looks at the requests in flight on each upstream, again and again.

import type { Upstream } from "../upstream/upstream.ts";
import type { Timeline } from "./result.ts";

export interface Sampler {
  stop(): Timeline;
}

export function sample(upstreams: readonly Upstream[], everyMs: number): Sampler {
  const seconds: number[] = [];
  const inFlight: number[][] = upstreams.map(() => []);
  const begin = performance.now();
  const look = (): void => {
    seconds.push(Math.round(performance.now() - begin) / 1000);
    for (const [index, upstream] of upstreams.entries()) inFlight[index]?.push(upstream.inFlight);
  };
  const timer = setInterval(look, everyMs);
  look();
  return {
    stop() {
      clearInterval(timer);
      return { seconds, inFlight };
    },
  };
}
