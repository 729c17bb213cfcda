// The addresses behind names as upstreams: they come and go as DNS says.

import { mapEndpoints, merge } from "@bal/discover";
import { type DnsOptions, dns } from "@bal/dns";
import type { Discover } from "@bal/service";
import { type Upstream, type UpstreamOptions, upstream } from "./upstream.ts";

/** A name, and the port on which all of its addresses serve. */
export interface Name {
  readonly host: string;
  readonly port: number;
}

/** Every address of every name, each an upstream whose `Host` is the name. Each reader makes its own. */
export function named(
  names: readonly Name[],
  dnsOptions: DnsOptions,
  options: UpstreamOptions,
): Discover<string, Upstream> {
  const ofName = ({ host, port }: Name): Discover<string, Upstream> =>
    mapEndpoints(dns(host, { ...dnsOptions, port }), (address) =>
      upstream(`http://${address.host}`, { ...options, host: `${host}:${port}` }),
    );
  return merge(...names.map(ofName));
}
