// An address that DNS knows, as the value of an endpoint.

/** Where a server is. */
export interface Address {
  /** "10.0.0.1" or "fd00::1". */
  readonly address: string;
  readonly family: 4 | 6;
  /** From the SRV record, or the option `port`; absent where neither says. */
  readonly port?: number;
  /** As it stands in a URL: "10.0.0.1:8080", "[fd00::1]:8080". Also its key. */
  readonly host: string;
  /**
   * Above 0. The weight of the SRV record, shared by the addresses of its target, and the sum where several records have
   * the address and port; for a record of weight 0 it is 0.01, and 1 where all are 0. 1 for a host's addresses.
   */
  readonly weight: number;
}

export function addressOf(address: string, port: number | undefined, weight = 1): Address {
  const family = address.includes(":") ? 6 : 4;
  const name = family === 6 ? `[${address}]` : address;
  if (port === undefined) return { address, family, host: name, weight };
  return { address, family, port, host: `${name}:${port}`, weight };
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.host === b.host && a.weight === b.weight;
}
