// Where endpoints are, made into endpoints.

import { type Change, type Discover, pipe } from "@bal/service";
import type { DispatchEndpoint } from "./endpoint.ts";
import type { Location, Target } from "./target.ts";

/** The endpoints: as they are, or as they come and go. */
export type Targets = readonly Target[] | Discover<unknown, Target>;

/** What becomes of a target. */
export interface Making {
  /** @throws InvalidOptionError */
  locate(target: Target): Location;
  make(location: Location): DispatchEndpoint;
}

/**
 * Makes the targets into endpoints, for each reader anew; those that a reader was given the reader closes. A target that is
 * where the one under its key was is the same endpoint. A wrong one fails the discover, once what came before it has been
 * handed over.
 */
export function endpointsOf(targets: Targets, { locate, make }: Making): Discover<unknown, DispatchEndpoint> {
  const source = Array.isArray(targets) ? once(targets as readonly Target[]) : (targets as Discover<unknown, Target>);
  return pipe([source], () => {
    const known = new Map<unknown, { readonly place: string; readonly insert: Change<unknown, DispatchEndpoint> }>();
    return (one) => {
      const { key } = one;
      if (one.type === "remove") {
        known.delete(key);
        return one;
      }
      const location = locate(one.service);
      const place = location.origin + location.basePath;
      const before = known.get(key);
      if (before?.place === place) return before.insert;
      const insert = { ...one, service: make(location) };
      known.set(key, { place, insert });
      return insert;
    };
  });
}

/** One batch, and then the end. */
function once(targets: readonly Target[]): Discover<unknown, Target> {
  const batch = targets.map((service, key): Change<unknown, Target> => ({ type: "insert", key, service }));
  return {
    async *[Symbol.asyncIterator]() {
      yield batch;
    },
  };
}
