// A request without its origin: what is left of fetch's arguments for whichever endpoint is chosen.

import { readAhead } from "./read-ahead.ts";

/** What the endpoints of a balanced fetch take. */
export interface OriginRequest {
  /** Path and query, from the slash on. The endpoint puts its origin and base path in front. */
  readonly path: string;
  /** As fetch takes it. */
  readonly init: RequestInit | undefined;
}

/** Stands in where the caller wrote no host; only path and query count. */
const anyHost = "http://localhost/";

/** A path, with a query or without, that the parser would leave as it is; it takes Node microseconds. */
const plain = /^\/(?!\/)[\w/-]*(\?[\w.=&-]+)?$/;

/**
 * Path and query of a URL as fetch takes it; undefined where it names no server (`data:`, `blob:`).
 *
 * @throws TypeError for what fetch rejects before it sends: a URL that is none, one with a password
 */
export function pathOf(input: string | URL): string | undefined {
  if (typeof input === "string" && plain.test(input)) return input;
  const url = new URL(input, anyHost);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (url.username || url.password) throw new TypeError("the URL of a request must have no user name and no password");
  return url.pathname + url.search;
}

/** Whether fetch's first argument is a `Request`, of whichever copy of the class. */
export function isRequest(input: unknown): input is Request {
  return typeof input === "object" && input !== null && "arrayBuffer" in input && "url" in input;
}

const carried = [
  "method",
  "headers",
  "mode",
  "credentials",
  "cache",
  "redirect",
  "referrer",
  "referrerPolicy",
  "integrity",
  "keepalive",
  "signal",
] as const;

/** What a `Request` says, with `init` on top, for a request to another URL. Takes the request's body. */
export async function initOf(request: Request, init: RequestInit): Promise<RequestInit> {
  // As fetch has it, which takes the request's for a body that is null.
  const takesBody = init.body === undefined || init.body === null;
  if (request.bodyUsed && takesBody) throw new TypeError("the body of the request was used already");
  const result: Record<string, unknown> = {};
  for (const name of carried) {
    // A navigation's request may be sent on, but not as one.
    if (request[name] !== undefined && request[name] !== "navigate") result[name] = request[name];
  }
  for (const [name, value] of Object.entries(init)) if (value !== undefined) result[name] = value;
  if (request.body && takesBody) {
    result.body = streamsUp ? await readAhead(request.body) : await request.arrayBuffer();
    result.duplex = "half";
  }
  return result;
}

/** Browsers send a stream only over HTTP/2, and a Request's body is one, so there it is read first. */
const streamsUp = !(globalThis.navigator as Navigator | undefined)?.userAgent?.startsWith("Mozilla/");

/** Whether what `init` says can be sent a second time: a stream cannot. */
export function resendable(init: RequestInit | undefined): boolean {
  const body: unknown = init?.body;
  if (typeof body !== "object" || body === null) return true;
  return !("getReader" in body) && !(Symbol.asyncIterator in body);
}
