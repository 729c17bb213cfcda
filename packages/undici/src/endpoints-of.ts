// Where endpoints are, made into endpoints.

import type { Change, Discover } from "@bal/service";
import type { DispatchEndpoint } from "./endpoint.ts";
import type { Target } from "./target.ts";

/** The endpoints: as they are, or as they come and go. */
export type Targets = readonly Target[] | Discover<unknown, Target>;

/** Makes the targets into endpoints, for each reader anew; those that a reader was given the reader closes. */
export function endpointsOf(
  targets: Targets,
  make: (target: Target) => DispatchEndpoint,
): Discover<unknown, DispatchEndpoint> {
  const source = Array.isArray(targets) ? once(targets as readonly Target[]) : (targets as Discover<unknown, Target>);
  const change = (one: Change<unknown, Target>): Change<unknown, DispatchEndpoint> =>
    one.type === "insert" ? { ...one, service: make(one.service) } : one;
  return {
    [Symbol.asyncIterator]() {
      const inner = source[Symbol.asyncIterator]();
      return {
        async next() {
          const step = await inner.next();
          return step.done ? { done: true, value: undefined } : { done: false, value: step.value.map(change) };
        },
        async return() {
          await inner.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
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
