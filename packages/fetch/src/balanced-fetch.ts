// A function with fetch's signature that sends each request to one of several origins.

import { checkFunction, checkMethods, checkNumber, checkObject } from "@bal/errors";
import type { Discover, Layer, Service } from "@bal/service";
import { checkOrigins, Fleet, type OriginState } from "./fleet.ts";
import { initOf, isRequest, type OriginRequest, pathOf } from "./origin-request.ts";
import type { Completion, OriginEndpoint } from "./origin-service.ts";
import { Retry, type RetryOptions } from "./retry.ts";
import { Sender } from "./sender.ts";
import { Sending } from "./sending.ts";
import { untilRead } from "./until-read.ts";

/** How a balanced fetch chooses, and what it allows. */
export interface BalancedFetchOptions<B> {
  /** Makes the balancer out of the endpoints: `(endpoints) => balance(endpoints)` with `balance` of `@bal/p2c`. */
  readonly balance: (endpoints: Discover<unknown, OriginEndpoint>) => B;
  /**
   * The layer that gives each endpoint its load: one of `@bal/load`. Unless given the load is the number of requests
   * that hold a place, which knows nothing of fast and slow.
   */
  readonly load?: Layer<OriginEndpoint>;
  /** What sends a request to the endpoint that was chosen; the platform's `fetch` unless given. */
  readonly fetch?: (input: string, init?: RequestInit) => Promise<Response>;
  /**
   * Requests on one endpoint at once, at most. What does not fit waits in the balancer's one queue and goes to whichever
   * endpoint has room first. The server's true limit (its workers) is best. 100 unless given, which RFC 9113 recommends
   * as the least that a server should allow on a connection.
   */
  readonly concurrency?: number;
  /**
   * When a request gives its place up. Unless given: when its body has been read, has failed or was cancelled, or nobody has
   * read it for a second; with its headers where the body is short. `onResponse` of `@bal/load` always gives it up with the
   * headers.
   */
  readonly completion?: Completion;
  /** Sends a failed request again to another endpoint. Not unless given; `{}` for the defaults. */
  readonly retry?: RetryOptions;
}

/** `fetch`, and what it stands on. */
export interface BalancedFetch<B> extends AsyncDisposable {
  /**
   * As fetch. Of the URL, which may be relative, path and query count: the endpoint that is chosen says the rest, and so
   * the `Host` too. A `data:` or `blob:` URL goes to fetch as it is.
   */
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** What the option `balance` made. */
  readonly balance: B;
  /** The origins of the moment. */
  endpoints(): OriginState[];
  /** Closes the balancer, and with it the source of origins. Requests in flight are answered. */
  close(): Promise<void>;
}

/**
 * A fetch over several origins: an array of them, or a discover of them that changes.
 *
 * A request whose connection was refused, or whose endpoint has no address, has reached nobody: it moves to another
 * endpoint, unless its body is a stream. Anything beyond that is `retry`.
 *
 * @throws InvalidOptionError
 */
export function balancedFetch<B extends Service<OriginRequest, Response>>(
  origins: readonly (string | URL)[] | Discover<unknown, string | URL>,
  options: BalancedFetchOptions<B>,
): BalancedFetch<B> {
  checkOrigins(origins);
  const {
    balance: makeBalance,
    load = same,
    fetch: plainFetch = globalThis.fetch,
    concurrency = 100,
    completion = untilRead,
    retry: again,
  } = checkObject("options", options);
  checkFunction("balance", makeBalance);
  checkFunction("load", load);
  checkFunction("fetch", plainFetch);
  checkNumber("concurrency", concurrency, { min: 1, whole: true });
  checkFunction("completion", completion);
  const retry = again === undefined ? undefined : new Retry(again);

  const fleet = new Fleet({ fetch: plainFetch, concurrency, completion });
  const balance = checkMethods("what balance returns", makeBalance(fleet.discover(origins, load)), ["ready", "call"]);
  const sender = new Sender(balance, fleet, retry);

  const fetchOne = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const given = isRequest(input);
    const path = pathOf(given ? input.url : input);
    if (path === undefined) return plainFetch(input as string, init);
    return sender.send(new Sending(path, given ? await initOf(input, init ?? {}) : init));
  };
  const close = async (): Promise<void> => balance.close?.();
  return Object.assign(fetchOne, {
    balance,
    endpoints: () => fleet.states(),
    close,
    [Symbol.asyncDispose]: close,
  });
}

function same(endpoint: OriginEndpoint): OriginEndpoint {
  return endpoint;
}
