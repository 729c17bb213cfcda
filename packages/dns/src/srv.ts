// A service's records as a discover.

import { checkNumber } from "@bal/errors";
import type { Discover } from "@bal/service";
import type { Address } from "./address.ts";
import { checkLookupOptions, checkName, type LookupOptions } from "./lookup-options.ts";
import { type KnownTargets, lookUpService } from "./services.ts";
import { type WatchOptions, watch } from "./watch.ts";

export interface SrvOptions extends LookupOptions, WatchOptions {
  /**
   * For how long SRV records hold where the resolver does not tell, as Node's does not, in ms; 5,000 unless given. The TTL
   * of the targets' addresses counts where it is shorter.
   */
  readonly srvTtlMs?: number;
}

/**
 * The addresses behind the SRV records of `name` ("_http._tcp.users.internal"), with their port and weight, kept up to
 * date. Of the priorities the lowest counts that has any address.
 *
 * The last known set stays while DNS fails. Never ends and never fails; each reader asks by itself.
 *
 * @throws InvalidOptionError
 */
export function srv(name: string, options: SrvOptions = {}): Discover<string, Address> {
  checkName("name", name);
  const rules = checkLookupOptions(options);
  const { srvTtlMs = 5_000 } = options;
  checkNumber("srvTtlMs", srvTtlMs, { above: true, unit: "ms" });
  return watch(options, rules.resolver, () => {
    const known: KnownTargets = new Map();
    return (resolver) => lookUpService(name, resolver, { rules, known, srvTtl: srvTtlMs / 1_000 });
  });
}
