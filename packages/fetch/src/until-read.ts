// When a request is over unless told otherwise: its body has been read, or nobody reads it.

import { schedule } from "@bal/service";
import { pulled } from "./pulled.ts";

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Who reads does so at once; one that has gone away without a word, or never began, must not hold a place for ever. */
const leftMs = 1_000;

/** A body of so many bytes has left the server when its headers have: Linux keeps as many for a socket (`tcp_wmem`). */
const sent = 2 ** 14;

/**
 * Calls `complete` when the body has been read to the end, has failed, was cancelled, or when nobody has read it for a
 * second; with the headers where they say that it is short. More than once perhaps.
 */
export function untilRead(response: Response, complete: () => void): Response {
  const body = response?.body;
  const length = response?.headers?.get("content-length");
  if (!body || response.bodyUsed || body.locked || (length && Number(length) <= sent)) {
    complete();
    return response;
  }
  // There are others than the platform's.
  const Made = response.constructor as typeof Response;
  return alike(response, new Made(passOn(body, complete), response));
}

/** With what a `Response` that is made anew would lose. */
function alike(response: Response, made: Response): Response {
  const { clone } = made;
  for (const name of ["url", "type", "redirected", "headers"] as const) {
    Object.defineProperty(made, name, { value: response[name] });
  }
  return Object.defineProperty(made, "clone", { value: () => alike(response, clone.call(made)) });
}

/** The body as a stream of the same kind; it is left alone until somebody reads. */
function passOn(body: Body, complete: () => void): Body {
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  let attend = schedule(leftMs, complete);
  return pulled(
    async () => {
      attend();
      try {
        reader ??= body.getReader();
        const step = await reader.read();
        if (step.done) complete();
        else attend = schedule(leftMs, complete);
        return step;
      } catch (error) {
        complete();
        throw error;
      }
    },
    (reason) => {
      attend();
      complete();
      return (reader ?? body).cancel(reason);
    },
    isOfBytes(body) ? "bytes" : undefined,
  );
}

function isOfBytes(stream: Body): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
