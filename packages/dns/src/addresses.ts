// One lookup of a host's addresses, of both families.

import { isIP } from "node:net";
import type { LookupRules } from "./lookup-options.ts";
import { candidates, inHostsFile } from "./names.ts";
import { type AddressRecord, orNone, type Resolver } from "./resolver.ts";

/** The addresses, and for how long they hold, in seconds. */
export interface Found {
  readonly addresses: readonly string[];
  readonly ttl: number;
}

/** What a family last answered, for a lookup in which it fails. */
export type Known = Map<string, readonly AddressRecord[]>;

/**
 * The addresses of `host`; none where it does not exist. When one family fails and the other does not, what was known of
 * it stands.
 *
 * @throws the failure of a resolver that answers for neither family
 */
export async function lookUp(host: string, resolver: Resolver, rules: LookupRules, known: Known): Promise<Found> {
  if (isIP(host) !== 0) return { addresses: [host], ttl: Infinity };
  const { family, hostsFile } = rules;
  if (hostsFile !== false) {
    const local = await inHostsFile(hostsFile, host);
    const addresses = local.filter((address) => family === 0 || isIP(address) === family);
    if (addresses.length > 0) return { addresses, ttl: Infinity };
  }
  for (const name of candidates(host, rules.search, rules.ndots)) {
    const records = await ofName(name, resolver, family, known);
    if (records.length > 0) {
      const addresses = [...new Set(records.map(({ address }) => address))];
      return { addresses, ttl: Math.min(...records.map(({ ttl }) => ttl)) };
    }
  }
  return { addresses: [], ttl: 0 };
}

async function ofName(name: string, resolver: Resolver, family: 0 | 4 | 6, known: Known): Promise<AddressRecord[]> {
  const families = [4 as const, 6 as const].filter((one) => family === 0 || family === one);
  const answers = await Promise.allSettled(
    families.map((one) =>
      orNone(one === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true })),
    ),
  );
  if (answers.every(({ status }) => status === "rejected")) throw (answers[0] as PromiseRejectedResult).reason;
  return answers.flatMap((answer, index) => {
    const key = `${families[index]} ${name}`;
    if (answer.status === "rejected") return known.get(key) ?? [];
    known.set(key, answer.value);
    return answer.value;
  });
}
