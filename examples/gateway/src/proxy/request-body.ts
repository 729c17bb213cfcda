// The body of a request on its way upstream: read only when asked for, and left without harm to the connection.

import type { IncomingMessage } from "node:http";
import { endToEnd, valuesOf } from "./headers.ts";
import type { ProxyBody } from "./message.ts";

/** null when the request has none. */
export function bodyOf(request: IncomingMessage): ProxyBody | null {
  const { rawHeaders } = request;
  const chunked = valuesOf(rawHeaders, "transfer-encoding").length > 0;
  if (!chunked && !valuesOf(rawHeaders, "content-length").some((length) => Number(length) > 0)) return null;
  let begun = false;
  return {
    chunked,
    get begun() {
      return begun;
    },
    trailers: () => endToEnd(request.rawTrailers),
    async *[Symbol.asyncIterator]() {
      begun = true;
      try {
        // An upstream may answer before it has read everything. Destroying the request would take the client's
        // connection with it, and the answer too.
        for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
      } finally {
        dropRest(request);
      }
    },
  };
}

/** How long a client may go on sending what nobody reads. */
const dropMs = 10_000;

/** Reads and drops what is still to come, so that the client gets to hear the answer. */
export function dropRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) {
    request.resume();
    return;
  }
  request.resume();
  const timer = setTimeout(() => request.complete || request.socket.destroy(), dropMs);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
}
