// The endpoints behind one origin, the balancer over them, and the requests on their way through it.

import { checkMethods } from "@bal/errors";
import { type Service, startCall } from "@bal/service";
import type { Dispatcher } from "undici";
import type { Attempt, AttemptEvents, DispatchRequest, DispatchResult, Journey } from "./attempt.ts";
import { firstAttempt } from "./attempts.ts";
import type { Client } from "./client.ts";
import { type DispatchEndpoint, Endpoint, type EndpointRules, type EndpointState, triedAlready } from "./endpoint.ts";
import { endpointsOf, type Targets } from "./endpoints-of.ts";
import type { GroupOptions } from "./group-options.ts";
import type { Handler } from "./handler.ts";
import { type Location, locate, type Target } from "./target.ts";

/** Hears of a group. */
export interface GroupEvents {
  /** It has room again after `dispatch` returned false. */
  drained(group: Group): void;
}

/** How often the balancer may pass over endpoints that have room (it may have dropped them) before a failure stands. */
const patience = 5;

export class Group implements EndpointRules, AttemptEvents {
  readonly origin: URL | undefined;
  readonly balance: Service<DispatchRequest, DispatchResult>;
  readonly options: Required<GroupOptions>;
  avoided: ReadonlySet<object> | undefined;
  noneReachable = false;
  readonly #events: GroupEvents;
  readonly #endpoints = new Set<Endpoint>();
  /** Those that had to wait, until they are over. */
  readonly #waiting = new Set<Attempt>();
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
    this.options = options;
    const make = (location: Location): DispatchEndpoint => {
      // A client may tell of its first event before it is an endpoint's.
      let endpoint: Endpoint | undefined;
      endpoint = new Endpoint(
        location,
        parts.connect(location, () => endpoint?.drained()),
        this,
      );
      this.#endpoints.add(endpoint);
      this.reachabilityMoved();
      try {
        return options.load(endpoint);
      } catch (error) {
        endpoint.close().catch(() => {});
        throw error;
      }
    };
    const making = { locate: (target: Target) => locate(target, parts.origin), make };
    this.balance = checkMethods("what balance returns", options.balance(endpointsOf(targets, making)), [
      "ready",
      "call",
    ]);
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
    const attempt = firstAttempt(opts, handler, this);
    this.#running += 1;
    this.#send(attempt);
    if (this.#needsDrain) return false;
    // Where this one went there is room for another, mostly.
    if (attempt.at?.hasRoom) return true;
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
    for (const attempt of this.#waiting) if (attempt.at === undefined) attempt.abort(error);
    await Promise.all(this.clients.map((client) => client.destroy(error)));
    await this.close();
  }

  settled(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#idle?.();
  }

  rejected(attempt: Attempt, error: unknown): void {
    if (attempt.settled) this.settled();
    else if (attempt.at === undefined) void this.#unplaced(attempt, error);
    else if (attempt.over) this.#refused(attempt, error);
    else {
      // Something between the balancer and the endpoint has given it up.
      attempt.cancel(error);
      this.settled();
    }
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

  #send(attempt: Attempt): void {
    const response = startCall(this.balance, attempt, attempt);
    attempt.follow(response);
    if (attempt.at !== undefined) return;
    this.#waiting.add(attempt);
    try {
      attempt.waits();
    } catch (error) {
      attempt.abort(error);
    }
    const left = (): void => void this.#waiting.delete(attempt);
    response.then(left, left);
  }

  #end(attempt: Attempt, error: unknown): void {
    attempt.fail(this.#destroyed ?? error);
    this.settled();
  }

  /** It got no connection where it went. */
  #refused(attempt: Attempt, error: unknown): void {
    const journey = attempt.journey ?? { tried: new Set(), failure: error, passedOver: 0 };
    journey.failure = error;
    journey.tried.add(attempt.at as Endpoint);
    this.#move(attempt, journey);
  }

  /** It came to no endpoint. */
  async #unplaced(attempt: Attempt, error: unknown): Promise<void> {
    const { journey } = attempt;
    if (journey === undefined || error !== triedAlready) {
      this.#end(attempt, attempt.aborted ? error : (journey?.failure ?? error));
      return;
    }
    // It had to wait, and its turn came where it was before.
    const others = this.#others(journey);
    if (others.some(({ hasRoom }) => hasRoom)) journey.passedOver += 1;
    else if (others.length > 0) await Promise.race(others.map((other) => other.roomPromise()));
    this.#move(attempt, journey);
  }

  /** Sends a request that reached nobody to an endpoint that has not had it, or ends it where there is none. */
  #move(attempt: Attempt, journey: Journey): void {
    const hopeless = this.#destroyed !== undefined || journey.passedOver === patience;
    if (hopeless || this.#others(journey).length === 0) {
      this.#end(attempt, journey.failure);
      return;
    }
    // Heeded as long as the balancer chooses in the same run.
    this.avoided = journey.tried;
    try {
      this.#send(attempt.again(journey));
    } finally {
      this.avoided = undefined;
    }
  }

  #others({ tried }: Journey): Endpoint[] {
    return Array.from(this.#endpoints).filter((endpoint) => endpoint.usable && !tried.has(endpoint));
  }
}
