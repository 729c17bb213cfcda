// The balanced dispatcher's form for `compose`: an interceptor that chooses the endpoint and leaves the connections to
// the dispatcher it is put on.

import { checkObject } from "@bal/errors";
import type { Dispatcher } from "undici";
import { sharedClient } from "./client.ts";
import type { EndpointState } from "./endpoint.ts";
import { Group } from "./group.ts";
import { checkGroupOptions, type GroupOptions } from "./group-options.ts";
import { checkTargets, Groups, type TargetsOf } from "./groups.ts";
import { type Handler, isHandler } from "./handler.ts";

export interface BalancedOptions extends GroupOptions {
  /**
   * The endpoints, as `balancedDispatcher` takes them. Of a function, an origin for which it returns undefined goes on as it
   * came.
   */
  readonly targets: TargetsOf;
}

/** An interceptor, and what it stands on. */
export interface Balanced extends AsyncDisposable {
  (dispatch: Dispatcher["dispatch"]): Dispatcher["dispatch"];
  /** The endpoints of the moment. */
  endpoints(): EndpointState[];
  /** Leaves the sources of endpoints, once what was dispatched has ended. The dispatcher stays open. */
  close(): Promise<void>;
}

/**
 * An interceptor for `dispatcher.compose(balanced({ … }))`, on a dispatcher that serves any origin, such as an `Agent`.
 *
 * What a dispatcher tells of its connections does not reach an interceptor: an endpoint is not ready while it has
 * `concurrency` requests, or after a request that got no connection.
 *
 * @throws InvalidOptionError
 */
export function balanced(options: BalancedOptions): Balanced {
  checkTargets("targets", checkObject("options", options).targets);
  const checked = checkGroupOptions(options);
  const made: Groups[] = [];

  const interceptor = (dispatch: Dispatcher["dispatch"]): Dispatcher["dispatch"] => {
    const client = sharedClient(dispatch);
    const groups = new Groups(
      options.targets,
      (targets, origin) =>
        new Group(targets, checked, { origin, connect: () => client, events: { drained: () => {} } }),
    );
    made.push(groups);
    return (opts, handler) => {
      const group = isHandler(handler) && opts !== null ? groups.of(opts.origin) : undefined;
      if (group === undefined) return dispatch(opts, handler);
      group.dispatch(opts, handler as Handler);
      // There is no drain to wait for.
      return true;
    };
  };
  const groups = (): Group[] => made.flatMap(({ all }) => all);
  const close = async (): Promise<void> => {
    await Promise.all(groups().map((group) => group.close()));
  };
  return Object.assign(interceptor, {
    endpoints: () => groups().flatMap((group) => group.endpoints),
    close,
    [Symbol.asyncDispose]: close,
  });
}
