// Serves until it is told to stop, then drains.

import type { Gateway } from "./gateway.ts";

/** How long requests in flight may go on after a stop. */
export const graceMs = 10_000;

/** Aborts at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export function untilStopped(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return stop.signal;
}

export async function serve(gateway: Gateway, url: string, stop: AbortSignal): Promise<void> {
  const { upstreams, strategy } = gateway;
  console.log(
    `serving ${upstreams.length} upstream${upstreams.length === 1 ? "" : "s"} by ${strategy.title} at ${url}`,
  );
  for (const { url: upstream, name } of upstreams) console.log(`  ${upstream}${name === upstream ? "" : `  ${name}`}`);
  console.log(`live page: ${url}/_bal   state: ${url}/_bal/state   Ctrl-C drains and ends`);
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve));
  console.log(`\ndraining: ${gateway.traffic.figures().inFlight} in flight`);
  await gateway.close(graceMs);
}
