// Serves until it is told to stop, then drains.

import type { DnsOptions } from "@bal/dns";
import type { Gateway } from "./gateway.ts";
import type { Heard } from "./upstream/follow.ts";
import type { Name } from "./upstream/named.ts";

type DnsObserver = NonNullable<DnsOptions["observer"]>;

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

/** One of a name's addresses came or left. */
export const tellOf: Heard = (change, url) => console.log(`  ${change === "came" ? "+" : "-"} ${url}`);

/** Says when DNS fails, and when it answers again: once each. */
export function observeDns(): DnsObserver {
  let failing = false;
  return {
    answered() {
      if (failing) console.log("  DNS answers again");
      failing = false;
    },
    failed(error) {
      const { code, message } = error as { code?: string; message?: string };
      if (!failing) console.log(`  DNS fails (${code ?? message}); what is known stays`);
      failing = true;
    },
  };
}

interface Serving {
  readonly url: string;
  readonly names: readonly Name[];
  readonly stop: AbortSignal;
}

export async function serve(gateway: Gateway, { url, names, stop }: Serving): Promise<void> {
  const { upstreams, strategy } = gateway;
  const what =
    names.length > 0
      ? `the addresses of ${names.map(({ host, port }) => `${host}:${port}`).join(", ")}`
      : `${upstreams.length} upstream${upstreams.length === 1 ? "" : "s"}`;
  console.log(`serving ${what} by ${strategy.title} at ${url}`);
  for (const { url: upstream, name } of names.length > 0 ? [] : upstreams) {
    console.log(`  ${upstream}${name === upstream ? "" : `  ${name}`}`);
  }
  console.log(`live page: ${url}/_bal   state: ${url}/_bal/state   Ctrl-C drains and ends`);
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve));
  console.log(`\ndraining: ${gateway.traffic.figures().inFlight} in flight`);
  await gateway.close(graceMs);
}
