// A dispatcher that sends each request to one of several origins.

import { checkFunction, checkObject } from "@bal/errors";
import { Dispatcher, errors, Pool } from "undici";
import { type ClientStats, noStats, OwnClient } from "./client.ts";
import type { EndpointState } from "./endpoint.ts";
import { Group } from "./group.ts";
import { checkGroupOptions, type GroupOptions } from "./group-options.ts";
import { checkTargets, Groups, type TargetsOf } from "./groups.ts";
import { fail, type Handler, isHandler } from "./handler.ts";

export interface BalancedDispatcherOptions extends GroupOptions {
  /** Makes the client of an endpoint: `(origin) => new Pool(origin)` of undici unless given. */
  readonly factory?: (origin: string) => Dispatcher;
}

/** A dispatcher, and what it stands on. */
export interface BalancedDispatcher extends Dispatcher, AsyncDisposable {
  readonly closed: boolean;
  readonly destroyed: boolean;
  /** As undici's pools count; what waits for an endpoint is queued too. */
  readonly stats: ClientStats;
  /** The endpoints of the moment. */
  endpoints(): EndpointState[];
}

/**
 * A dispatcher over the endpoints of `targets`: origins or addresses, in an array or a discover, for whatever origin the
 * caller writes; or a function from the caller's origin to them, for a dispatcher that serves many (an origin for which it
 * returns undefined is its own only endpoint).
 *
 * Takes handlers of both of undici's shapes, and so serves the built-in fetch of every Node as well as undici's own. The
 * caller's host goes into `Host` and is the name that TLS checks. A request that got no connection moves to another
 * endpoint; nothing that was begun is sent twice.
 *
 * @throws InvalidOptionError
 */
export function balancedDispatcher(targets: TargetsOf, options: BalancedDispatcherOptions): BalancedDispatcher {
  checkTargets("targets", targets);
  const { factory = (origin: string) => new Pool(origin) } = checkObject("options", options);
  return new Balanced(targets, checkGroupOptions(options), checkFunction("factory", factory));
}

type Callback = () => void;

class Balanced extends Dispatcher implements BalancedDispatcher {
  readonly #groups: Groups;
  #closing: Promise<void> | undefined;
  #destroying: Promise<void> | undefined;

  constructor(targets: TargetsOf, options: Required<GroupOptions>, factory: (origin: string) => Dispatcher) {
    super();
    this.#groups = new Groups(
      typeof targets === "function" ? (origin) => targets(origin) ?? [origin] : targets,
      (of, origin) =>
        new Group(of, options, {
          origin,
          events: { drained: (group) => this.emit("drain" as "connect", origin ?? anOriginOf(group), [this]) },
          connect: (location, drained) => this.#connect(factory(location.origin), drained),
        }),
    );
  }

  get closed(): boolean {
    return this.#closing !== undefined || this.destroyed;
  }

  get destroyed(): boolean {
    return this.#destroying !== undefined;
  }

  get stats(): ClientStats {
    const sum = { ...noStats };
    for (const group of this.#groups.all) {
      sum.queued += group.queued;
      sum.pending += group.queued;
      sum.size += group.queued;
      for (const { stats } of group.clients) {
        for (const name of Object.keys(sum) as (keyof ClientStats)[]) sum[name] += stats[name];
      }
    }
    return sum;
  }

  endpoints(): EndpointState[] {
    return this.#groups.all.flatMap((group) => group.endpoints);
  }

  override dispatch(opts: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (!isHandler(handler)) throw new errors.InvalidArgumentError("handler must be an object with an error method");
    try {
      if (typeof opts !== "object" || opts === null) throw new errors.InvalidArgumentError("opts must be an object.");
      if (this.destroyed) throw new errors.ClientDestroyedError();
      if (this.closed) throw new errors.ClientClosedError();
      return (this.#groups.of(opts.origin) as Group).dispatch(opts, handler as Handler);
    } catch (error) {
      fail(handler as Handler, error);
      // Nothing was begun and no drain will follow.
      return true;
    }
  }

  override close(): Promise<void>;
  override close(callback: Callback): void;
  override close(callback?: Callback): Promise<void> | undefined {
    this.#closing ??= this.#destroying ?? all(this.#groups.all, (group) => group.close());
    return settled(this.#closing, callback);
  }

  override destroy(): Promise<void>;
  override destroy(error: Error | null): Promise<void>;
  override destroy(callback: Callback): void;
  override destroy(error: Error | null, callback: Callback): void;
  override destroy(first?: Error | Callback | null, second?: Callback): Promise<void> | undefined {
    const [error, callback] = typeof first === "function" ? [null, first] : [first, second];
    const reason = error ?? new errors.ClientDestroyedError();
    this.#destroying ??= all(this.#groups.all, (group) => group.destroy(reason));
    return settled(this.#destroying, callback);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(dispatcher: Dispatcher, drained: () => void): OwnClient {
    dispatcher.on("drain", drained);
    for (const event of ["connect", "disconnect", "connectionError"] as "connectionError"[]) {
      dispatcher.on(event, (origin, targets, error) => this.emit(event, origin, [this, ...targets], error));
    }
    return new OwnClient(dispatcher);
  }
}

async function all(groups: readonly Group[], end: (group: Group) => Promise<void>): Promise<void> {
  await Promise.all(groups.map(end));
}

function anOriginOf(group: Group): URL {
  return new URL(group.endpoints[0]?.origin ?? "http://localhost");
}

/** Both of undici's styles. */
function settled(end: Promise<void>, callback: Callback | undefined): Promise<void> | undefined {
  if (callback === undefined) return end;
  end.then(callback, callback);
  return undefined;
}
