// One lookup of a service: its records, and the addresses of the targets that go first.

import { type Address, addressOf } from "./address.ts";
import { type Known, lookUp } from "./addresses.ts";
import type { LookupRules } from "./lookup-options.ts";
import { candidates } from "./names.ts";
import { orNone, type Resolver, type ServiceRecord } from "./resolver.ts";
import type { Answer } from "./watch.ts";

/**
 * The addresses behind the records of the lowest priority that has any (RFC 2782); each shares its record's weight with
 * the other addresses of its target. Holds for as long as the shortest of what was asked, `srvTtl` seconds where the
 * resolver does not tell.
 */
export async function lookUpService(
  name: string,
  resolver: Resolver,
  { rules, known, srvTtl }: { readonly rules: LookupRules; readonly known: Known; readonly srvTtl: number },
): Promise<Answer> {
  const records = await recordsOf(name, resolver, rules);
  let ttl = Math.min(srvTtl, ...records.map((record) => record.ttl ?? Infinity));
  for (const priority of [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b)) {
    const first = records.filter((record) => record.priority === priority);
    const targets = await Promise.all(first.map((record) => lookUp(record.name, resolver, rules, known)));
    ttl = Math.min(ttl, ...targets.map((target) => (target.addresses.length > 0 ? target.ttl : Infinity)));
    const addresses = targets.flatMap(({ addresses: found }, index) => {
      const { port, weight } = first[index] as ServiceRecord;
      return found.map((address): Address => addressOf(address, port, weight / found.length));
    });
    if (addresses.length > 0) return { addresses, ttl };
  }
  return { addresses: [], ttl };
}

async function recordsOf(name: string, resolver: Resolver, rules: LookupRules): Promise<readonly ServiceRecord[]> {
  for (const candidate of candidates(name, rules.search, rules.ndots)) {
    const records = await orNone(resolver.resolveSrv(candidate));
    // The root as its target says that the service is decidedly not there.
    const there = records.filter((record) => record.name !== "" && record.name !== ".");
    if (records.length > 0) return there;
  }
  return [];
}
