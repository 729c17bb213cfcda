// A host's addresses as a discover.

import { checkNumber } from "@bal/errors";
import type { Discover } from "@bal/service";
import { type Address, addressOf } from "./address.ts";
import { lookUp } from "./addresses.ts";
import { checkLookupOptions, checkName, type LookupOptions } from "./lookup-options.ts";
import { type WatchOptions, watch } from "./watch.ts";

export interface DnsOptions extends LookupOptions, WatchOptions {
  /** The port of every address; none unless given, which is what takes the port from elsewhere. */
  readonly port?: number;
}

/**
 * Every address of `host`, A and AAAA, under its own key, kept up to date: asked again when the TTL is over, within
 * bounds.
 *
 * The last known set stays while DNS fails. An IP address, and a name in the hosts file, are what they are. Never ends and
 * never fails; each reader asks by itself.
 *
 * @example
 * ```ts
 * import { dns } from "@bal/dns";
 *
 * for await (const changes of dns("127.0.0.1", { port: 8080 })) {
 *   console.log(changes.map(({ type, key }) => `${type} ${key}`)); // → [ 'insert 127.0.0.1:8080' ]
 *   break;
 * }
 * ```
 *
 * @throws InvalidOptionError
 */
export function dns(host: string, options: DnsOptions = {}): Discover<string, Address> {
  checkName("host", host);
  const rules = checkLookupOptions(options);
  const { port } = options;
  if (port !== undefined) checkNumber("port", port, { min: 1, max: 65_535, whole: true });
  return watch(options, rules.resolver, () => {
    const known = new Map();
    return async (resolver) => {
      const { addresses, ttl } = await lookUp(host, resolver, rules, known);
      return { addresses: addresses.map((address) => addressOf(address, port)), ttl };
    };
  });
}
