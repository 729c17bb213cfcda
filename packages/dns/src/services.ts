// One lookup of a service: its records, and the addresses of the targets that go first.

import { type Address, addressOf } from "./address.ts";
import { type Known, lookUp } from "./addresses.ts";
import type { LookupRules } from "./lookup-options.ts";
import { candidates } from "./names.ts";
import { orNone, type Resolver, type ServiceRecord } from "./resolver.ts";
import type { Answer } from "./watch.ts";

/** What a target with the weight 0 weighs beside others: RFC 2782 wants it chosen very seldom, and a load is divided by it. */
const least = 0.01;

/** What a target last answered, for a lookup in which it fails. */
interface KnownTarget {
  readonly families: Known;
  addresses: readonly string[];
}

export type KnownTargets = Map<string, KnownTarget>;

/**
 * The addresses behind the records of the lowest priority that has any (RFC 2782); each shares its record's weight with
 * the other addresses of its target. Holds for as long as the shortest of what was asked, `srvTtl` seconds where the
 * resolver does not tell. A target that fails keeps the addresses that it had.
 *
 * @throws the failure of a resolver that does not answer for the service, or for none of its targets
 */
export async function lookUpService(
  name: string,
  resolver: Resolver,
  { rules, known, srvTtl }: { readonly rules: LookupRules; readonly known: KnownTargets; readonly srvTtl: number },
): Promise<Answer> {
  const records = await recordsOf(name, resolver, rules);
  const names = new Set(records.map((record) => record.name));
  for (const target of known.keys()) if (!names.has(target)) known.delete(target);
  for (const target of names) if (!known.has(target)) known.set(target, { families: new Map(), addresses: [] });

  let ttl = Math.min(srvTtl, ...records.map((record) => record.ttl ?? Infinity));
  let failure: { readonly error: unknown } | undefined;
  for (const priority of [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b)) {
    const first = records.filter((record) => record.priority === priority);
    let answered = false;
    const ask = async (record: ServiceRecord): Promise<Target> => {
      const target = known.get(record.name) as KnownTarget;
      try {
        const found = await lookUp(record.name, resolver, rules, target.families);
        target.addresses = found.addresses;
        answered = true;
        if (found.addresses.length > 0) ttl = Math.min(ttl, found.ttl);
      } catch (error) {
        failure ??= { error };
      }
      return { record, addresses: target.addresses };
    };
    const there = (await Promise.all(first.map(ask))).filter(({ addresses }) => addresses.length > 0);
    if (there.length === 0) continue;
    if (answered) return { addresses: weigh(there), ttl };
    // None of those answers that have the addresses which are known.
    break;
  }
  if (failure !== undefined) throw failure.error;
  return { addresses: [], ttl };
}

interface Target {
  readonly record: ServiceRecord;
  readonly addresses: readonly string[];
}

/** Each address once, with a weight above 0. */
function weigh(targets: readonly Target[]): Address[] {
  const none = targets.every(({ record }) => record.weight === 0) ? 1 : least;
  const byHost = new Map<string, Address>();
  for (const { record, addresses } of targets) {
    for (const address of addresses) {
      const one = addressOf(address, record.port, (record.weight || none) / addresses.length);
      byHost.set(one.host, { ...one, weight: one.weight + (byHost.get(one.host)?.weight ?? 0) });
    }
  }
  // Sums of fractions depend on their order, and a weight that changes replaces.
  return Array.from(byHost.values(), (one) => ({ ...one, weight: Number(one.weight.toPrecision(9)) }));
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
