// Where an endpoint is, and which host its requests name.

import { InvalidOptionError } from "@bal/errors";
import type { Dispatcher } from "undici";

/**
 * An origin, with a base path where it has one; or an address, which takes the scheme, and the port where it has none of
 * its own, from the origin that it stands for.
 */
export type Target = string | URL | { readonly address: string; readonly port?: number | undefined };

export interface Location {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Without a slash at its end. */
  readonly basePath: string;
}

/** @throws InvalidOptionError */
export function locate(target: Target, standsFor: URL | undefined): Location {
  let url: URL | undefined;
  try {
    url = typeof target === "object" && "address" in target ? addressed(target, standsFor) : new URL(target);
  } catch {}
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    const expected = "an origin like http://10.0.0.1:8080, or an address with its port";
    throw new InvalidOptionError("an endpoint", { expected, came: target });
  }
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") };
}

function addressed({ address, port }: { address: string; port?: number | undefined }, standsFor: URL | undefined): URL {
  const url = new URL(standsFor?.origin ?? `http://localhost:${port}`);
  // Setters of URL ignore what they cannot take.
  const host = address.includes(":") ? `[${address}]` : address;
  url.hostname = host;
  if (url.hostname !== new URL(`http://${host}`).hostname) throw new TypeError("not an address");
  if (port !== undefined) url.port = String(port);
  return url;
}

/** The options of a request for one of the endpoints behind the origin that its caller wrote. */
export function relocated(
  opts: Dispatcher.DispatchOptions,
  { origin, basePath }: Location,
): Dispatcher.DispatchOptions {
  const caller = opts.origin;
  // Undici 7's functions leave it in, undici 8's dispatchers refuse it.
  const { dispatcher } = opts as { dispatcher?: unknown };
  if (basePath === "" && (caller === origin || caller === undefined) && dispatcher === undefined) return opts;
  // A spread takes Node 20 several microseconds.
  const moved = Object.assign({}, opts, { origin, dispatcher: undefined });
  if (opts.method === "CONNECT") return moved;
  moved.path = basePath + opts.path;
  if (caller !== undefined && caller !== origin) moved.headers = withHost(hostOf(caller), opts.headers);
  return moved;
}

const hosts = new Map<string, string>();

/** The same few origins come again and again, and parsing a URL takes a microsecond. */
function hostOf(origin: string | URL): string {
  if (typeof origin !== "string") return origin.host;
  let host = hosts.get(origin);
  if (host === undefined) {
    host = new URL(origin).host;
    if (hosts.size >= 1_000) hosts.clear();
    hosts.set(origin, host);
  }
  return host;
}

type DispatchHeaders = NonNullable<Dispatcher.DispatchOptions["headers"]> | null;

/** `headers` with a `host`, unless they have one. Undici takes the name that TLS checks from there too. */
function withHost(host: string, headers: DispatchHeaders | undefined): DispatchHeaders {
  if (headers === null || headers === undefined) return { host };
  if (Array.isArray(headers) || Symbol.iterator in headers) {
    // In turn or in pairs, undici takes either; in turn is what each version does.
    const flat = Array.isArray(headers) ? headers : [...(headers as Iterable<[string, string]>)].flat();
    for (let i = 0; i < flat.length; i += 2) if (isHost(flat[i])) return flat;
    return ["host", host, ...flat];
  }
  for (const name in headers) if (isHost(name)) return headers;
  return Object.assign({ host }, headers);
}

function isHost(name: unknown): boolean {
  return typeof name === "string" && name.length === 4 && name.toLowerCase() === "host";
}
