// Discovers of addresses from DNS: a host's addresses, and a service's records.

export type { Address } from "./address.ts";
export { type DnsOptions, dns } from "./dns.ts";
export type { LookupOptions } from "./lookup-options.ts";
export type { AddressRecord, Resolver, ServiceRecord } from "./resolver.ts";
export { type SrvOptions, srv } from "./srv.ts";
export type { WatchObserver, WatchOptions } from "./watch.ts";
