// Who is asked: Node's resolver, or one's own.

import { Resolver as NodeResolver } from "node:dns/promises";

/** An A or AAAA record. */
export interface AddressRecord {
  readonly address: string;
  /** In seconds. */
  readonly ttl: number;
}

/** An SRV record. */
export interface ServiceRecord {
  /** The target: a host name. */
  readonly name: string;
  readonly port: number;
  /** Lower goes first. */
  readonly priority: number;
  readonly weight: number;
  /** In seconds, where the resolver tells it; Node's does not. */
  readonly ttl?: number;
}

/**
 * What a lookup needs of a resolver; Node's `dns.promises.Resolver` is one. A name that does not exist, or has no such
 * record, is an error with the code "ENOTFOUND" or "ENODATA", or an empty array. Anything else is a failure.
 */
export interface Resolver {
  resolve4(name: string, options: { readonly ttl: true }): Promise<readonly AddressRecord[]>;
  resolve6(name: string, options: { readonly ttl: true }): Promise<readonly AddressRecord[]>;
  resolveSrv(name: string): Promise<readonly ServiceRecord[]>;
  /** Ends what is under way. */
  cancel?(): void;
}

export interface ResolverOptions {
  readonly servers: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly tries: number;
}

/** One for each lookup: it forgets nothing that it should, sees the system's servers of the moment, and can be cancelled. */
export function nodeResolver({ servers, timeoutMs, tries }: ResolverOptions): Resolver {
  const resolver = new NodeResolver({ timeout: timeoutMs, tries });
  if (servers !== undefined) resolver.setServers(servers);
  return resolver;
}

/** The records, none where DNS says that there are none. */
export async function orNone<T>(records: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await records;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw error;
  }
}
