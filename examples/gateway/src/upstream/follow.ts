// Keeps a set of upstreams as a discover says, and closes those that leave.

import type { EndpointSet } from "@bal/discover";
import type { Change, Discover } from "@bal/service";
import type { Upstream } from "./upstream.ts";

/** Hears who came and who left. */
export type Heard = (change: "came" | "left", url: string) => void;

/**
 * Who leaves gets no new request, answers what it has, and is then closed. Returns what ends that: it leaves the discover,
 * and resolves when those that left are closed.
 */
export function follow(
  found: Discover<string, Upstream>,
  set: EndpointSet<string, Upstream>,
  heard: Heard,
): () => Promise<void> {
  const iterator = found[Symbol.asyncIterator]();
  const known = new Map<string, Upstream>();
  const leaving = new Set<Promise<void>>();

  const remove = (key: string): void => {
    const upstream = known.get(key);
    if (upstream === undefined) return;
    known.delete(key);
    set.remove(upstream.url);
    heard("left", upstream.url);
    const closed = upstream.close().finally(() => leaving.delete(closed));
    leaving.add(closed);
  };
  const take = (change: Change<string, Upstream>): void => {
    remove(change.key);
    if (change.type === "remove") return;
    known.set(change.key, change.service);
    set.insert(change.service.url, change.service);
    heard("came", change.service.url);
  };
  const read = async (): Promise<void> => {
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) step.value.forEach(take);
  };

  const over = read();
  return async () => {
    await iterator.return?.();
    await over;
    await Promise.all(leaving);
  };
}
