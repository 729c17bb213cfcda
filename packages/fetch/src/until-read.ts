// When a request is over unless told otherwise: its body has been read, or nobody reads it.

import { watchBody } from "./watch-body.ts";

/** A body of so many bytes has left the server when its headers have: Linux keeps as many for a socket (`tcp_wmem`). */
const sent = 2 ** 14;

/** Who reads does so at once; one that has gone away without a word, or never began, must not hold a place for ever. */
const leftMs = 1_000;

/**
 * Other runtimes than Node also read a body from within, where nobody can watch it: of a `Response` that a server or a
 * service worker answers with. There a body that nobody has begun to read in this turn is not waited for.
 */
const unreadMs = /^(Node|$)/.test((globalThis.navigator as Navigator | undefined)?.userAgent ?? "") ? leftMs : 0;

/**
 * Calls `complete` when the body has been read to the end, has failed, was cancelled, or when nobody has read it for a
 * second; with the headers where they say that it is short. More than once perhaps. The response is the one that came.
 */
export function untilRead(response: Response, complete: () => void): Response {
  const body = response?.body;
  const length = response?.headers?.get("content-length");
  if (!body || response.bodyUsed || body.locked || (length && Number(length) <= sent)) {
    complete();
    return response;
  }
  // Who closes waits for it, so unlike other timers of bal this one keeps the process alive.
  let timer = setTimeout(complete, unreadMs);
  return watchBody(response, {
    begun: () => clearTimeout(timer),
    left() {
      clearTimeout(timer);
      timer = setTimeout(complete, leftMs);
    },
    over() {
      clearTimeout(timer);
      complete();
    },
  });
}
