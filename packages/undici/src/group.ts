// The endpoints behind one origin, the balancer over them, and the requests on their way through it.

import { checkFunction, checkMethods, checkNumber } from "@bal/errors";
import {
  type Change,
  schedule as coreSchedule,
  type Discover,
  follow,
  type Layer,
  type Schedule,
  type Service,
  startCall,
} from "@bal/service";
import type { Dispatcher } from "undici";
import type { Client } from "./client.ts";
import {
  Dispatching,
  type DispatchingEvents,
  type DispatchRequest,
  type DispatchResult,
  RequestSignal,
} from "./dispatching.ts";
import { type DispatchEndpoint, Endpoint, type EndpointRules, type EndpointState, triedAlready } from "./endpoint.ts";
import type { Handler } from "./handler.ts";
import { type Location, locate, type Target } from "./target.ts";

/** The endpoints: as they are, or as they come and go. */
export type Targets = readonly Target[] | Discover<unknown, Target>;

/** How a group of endpoints chooses, and what it allows. */
export interface GroupOptions {
  /** Makes the balancer out of the endpoints: `(endpoints) => balance(endpoints)` with `balance` of `@bal/p2c`. */
  readonly balance: (endpoints: Discover<unknown, DispatchEndpoint>) => Service<DispatchRequest, DispatchResult>;
  /**
   * The layer that gives each endpoint its load: one of `@bal/load`. A request is over when its body is. Unless given the
   * load is the number of requests running, which knows nothing of fast and slow.
   */
  readonly load?: Layer<DispatchEndpoint>;
  /**
   * Requests on one endpoint at once, at most; the rest waits in the balancer's one queue. 100 unless given, which RFC
   * 9113 recommends as the least that a server should allow on a connection.
   */
  readonly concurrency?: number;
  /**
   * The first pause after a failure to connect, in ms, before one request may try again; doubled each time. 100 unless
   * given.
   */
  readonly backoffMs?: number;
  /** The longest pause, in ms; 2,000 unless given, so that a server that returns has its share within seconds. */
  readonly maxBackoffMs?: number;
  /** Spreads the pauses between half and all of their length; `Math.random` unless given. */
  readonly random?: () => number;
  /** The timer of the pauses; one that keeps no process alive unless given. */
  readonly schedule?: Schedule;
}

/** Throws what is wrong before anything has begun. */
export function checkGroupOptions(options: GroupOptions): Required<GroupOptions> {
  const { balance, load = same, concurrency = 100, backoffMs = 100, maxBackoffMs = 2_000 } = options;
  const { random = Math.random, schedule = coreSchedule } = options;
  const range = { above: true, max: 2 ** 31 - 1, unit: "ms" };
  for (const [name, fn] of Object.entries({ balance, load, random, schedule })) checkFunction(name, fn);
  checkNumber("concurrency", concurrency, { min: 1, whole: true });
  checkNumber("backoffMs", backoffMs, range);
  checkNumber("maxBackoffMs", maxBackoffMs, range);
  return { balance, load, concurrency, backoffMs, maxBackoffMs, random, schedule };
}

/** Hears of a group. */
export interface GroupEvents {
  /** It has room again after `dispatch` returned false. */
  drained(group: Group): void;
}

/** How often the balancer may pass over endpoints that have room (it may have dropped them) before a failure stands. */
const patience = 5;

export class Group implements EndpointRules, DispatchingEvents {
  readonly origin: URL | undefined;
  readonly balance: Service<DispatchRequest, DispatchResult>;
  readonly concurrency: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly random: () => number;
  readonly schedule: Schedule;
  avoided: ReadonlySet<object> | undefined;
  noneReachable = false;
  readonly #events: GroupEvents;
  readonly #endpoints = new Set<Endpoint>();
  /** Those that had to wait, until they are over. */
  readonly #waiting = new Set<Dispatching>();
  #running = 0;
  #idle: (() => void) | undefined;
  #needsDrain = false;
  #destroyed: Error | undefined;

  /**
   * @param connect makes the client of an endpoint
   * @param origin what the endpoints stand for, where that is known
   */
  constructor(
    targets: Targets,
    options: Required<GroupOptions>,
    parts: {
      readonly events: GroupEvents;
      readonly connect: (location: Location, drained: () => void) => Client;
      readonly origin: URL | undefined;
    },
  ) {
    this.origin = parts.origin;
    this.#events = parts.events;
    this.concurrency = options.concurrency;
    this.backoffMs = options.backoffMs;
    this.maxBackoffMs = options.maxBackoffMs;
    this.random = options.random;
    this.schedule = options.schedule;
    const make = (target: Target): DispatchEndpoint => {
      const location = locate(target, parts.origin);
      // A client may tell of its first event before it is an endpoint's.
      let endpoint: Endpoint | undefined;
      endpoint = new Endpoint(
        location,
        parts.connect(location, () => endpoint?.drained()),
        this,
      );
      this.#endpoints.add(endpoint);
      this.reachabilityMoved();
      return options.load(endpoint);
    };
    this.balance = checkMethods("what balance returns", options.balance(endpointsOf(targets, make)), ["ready", "call"]);
  }

  get endpoints(): EndpointState[] {
    return Array.from(this.#endpoints, ({ state }) => state);
  }

  get clients(): Client[] {
    return Array.from(this.#endpoints, ({ client }) => client);
  }

  get queued(): number {
    return Array.from(this.#waiting).filter(({ at }) => at === undefined).length;
  }

  /** Sends a request, now or when its turn comes. False: nothing more until it is told that there is room again. */
  dispatch(opts: Dispatcher.DispatchOptions, handler: Handler): boolean {
    const dispatching = new Dispatching(opts, handler, this);
    this.#running += 1;
    const response = startCall(this.balance, dispatching, dispatching.signal);
    follow(response, dispatching);
    if (dispatching.at === undefined) this.#wait(dispatching, response);
    if (this.#needsDrain) return false;
    // Where this one went there is room for another, mostly.
    if (dispatching.at?.hasRoom) return true;
    const ready = this.balance.ready();
    if (ready === true) return true;
    this.#needsDrain = true;
    ready.then(this.#drained, this.#drained);
    return false;
  }

  closed(endpoint: Endpoint): void {
    this.#endpoints.delete(endpoint);
    this.reachabilityMoved();
  }

  reachabilityMoved(): void {
    const none = this.#endpoints.size > 0 && !Array.from(this.#endpoints).some(({ reachable }) => reachable);
    const changed = none !== this.noneReachable;
    this.noneReachable = none;
    for (const endpoint of this.#endpoints) if (changed || endpoint.usable) endpoint.wake();
  }

  /** Lets what was dispatched finish, what waits included, then closes all clients. */
  async close(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await this.balance.close?.();
  }

  /** Ends what was dispatched with `error`. */
  async destroy(error: Error): Promise<void> {
    this.#destroyed = error;
    for (const dispatching of this.#waiting) if (dispatching.at === undefined) dispatching.signal.abort(error);
    await Promise.all(this.clients.map((client) => client.destroy(error)));
    await this.close();
  }

  fulfilled(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#idle?.();
  }

  rejected(dispatching: Dispatching, error: unknown): void {
    if (dispatching.settled) this.fulfilled();
    else if (dispatching.at === undefined) this.#end(dispatching, error);
    else void this.#elsewhere(dispatching, error).then((last) => this.#end(dispatching, last));
  }

  readonly #drained = (): void => {
    if (this.#destroyed !== undefined) return;
    const ready = this.balance.ready();
    if (ready === true) {
      this.#needsDrain = false;
      this.#events.drained(this);
    } else {
      // A balancer that has failed for good has no room ever again.
      ready.then(this.#drained, () => {
        this.#needsDrain = false;
      });
    }
  };

  #wait(dispatching: Dispatching, response: Promise<unknown>): void {
    this.#waiting.add(dispatching);
    try {
      dispatching.waits();
    } catch (error) {
      dispatching.signal.abort(error);
    }
    const left = (): void => void this.#waiting.delete(dispatching);
    response.then(left, left);
  }

  #end(dispatching: Dispatching, error: unknown): void {
    dispatching.fail(this.#destroyed ?? error);
    this.fulfilled();
  }

  /** Takes a request that reached nobody to endpoints that have not had it. Returns the failure that stands, if one does. */
  async #elsewhere(dispatching: Dispatching, first: unknown): Promise<unknown> {
    dispatching.tried ??= new Set();
    const { tried } = dispatching;
    let failure = first;
    for (let passedOver = 0; passedOver < patience && this.#destroyed === undefined; ) {
      if (dispatching.at !== undefined) tried.add(dispatching.at);
      if (this.#others(tried).length === 0) break;
      dispatching.at = undefined;
      dispatching.signal = new RequestSignal();
      try {
        await this.#place(dispatching, tried);
        break;
      } catch (error) {
        if (dispatching.settled) break;
        if (dispatching.at !== undefined) failure = error;
        else if (error !== triedAlready) return dispatching.signal.aborted ? error : failure;
        else {
          // It had to wait, and its turn came where it was before.
          const others = this.#others(tried);
          if (others.some(({ hasRoom }) => hasRoom)) passedOver += 1;
          else await Promise.race(others.map((other) => other.roomPromise()));
        }
      }
    }
    return failure;
  }

  /** Reaches none of those that had it, as long as the balancer chooses in the same run. */
  #place(dispatching: Dispatching, tried: ReadonlySet<object>): Promise<unknown> {
    this.avoided = tried;
    try {
      const response = startCall(this.balance, dispatching, dispatching.signal);
      if (dispatching.at === undefined) this.#wait(dispatching, response);
      return response;
    } finally {
      this.avoided = undefined;
    }
  }

  #others(tried: ReadonlySet<object>): Endpoint[] {
    return Array.from(this.#endpoints).filter((endpoint) => endpoint.usable && !tried.has(endpoint));
  }
}

/** Makes the targets into endpoints, for each reader anew; those that a reader was given the reader closes. */
function endpointsOf(
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

function same(endpoint: DispatchEndpoint): DispatchEndpoint {
  return endpoint;
}
