// Follows the body of a response through everything that can be done with it.

import { passOn } from "./pass-on.ts";
import type { Transfer } from "./transfer.ts";

const readers = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Lets go of a body that nobody can read any more. */
const garbage: FinalizationRegistry<Transfer> | undefined =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry((transfer) => transfer.letGo({ measured: false }));

/**
 * Replaces, on `response` itself, its body and what reads it. (A new `Response` would lose the url, and be slower to
 * read: this one is read by its own methods unless somebody has asked for the stream.)
 */
export function followBody(response: Response, transfer: Transfer): void {
  // What the response has now, be it the platform's or another load's.
  const nativeBody = getter<Body>(response, "body");
  const nativeUsed = getter<boolean>(response, "bodyUsed");
  const nativeClone = response.clone;
  let stream: Body | undefined;
  let used = false;

  // Who can still read holds the response, or the stream that it gave out, which holds the response.
  const hold = (holder: object): void => garbage?.register(holder, transfer, response);
  const release = (): unknown => garbage?.unregister(response);

  const giveOut = (): Body => {
    release();
    const body = passOn(nativeBody(), {
      used() {
        used = true;
      },
      over() {
        release();
        transfer.over();
      },
      failed(error) {
        release();
        transfer.failed(error);
      },
      cancelled() {
        release();
        transfer.letGo();
      },
    });
    hold(body);
    return body;
  };

  const clone = (): Response => {
    if (used || stream?.locked) throw new TypeError("Response.clone: the body is locked or has been used");
    const copy = nativeClone.call(response);
    // The platform has given it another body, and what was given out before is locked for good.
    if (stream !== undefined) {
      stream = undefined;
      release();
      hold(response);
    }
    followBody(copy, transfer);
    return copy;
  };

  const readBy = async (name: (typeof readers)[number], native: () => Promise<unknown>): Promise<unknown> => {
    if (stream !== undefined) return new Response(stream, { headers: response.headers })[name]();
    if (nativeUsed() || nativeBody().locked) return native.call(response);
    release();
    try {
      const content = await native.call(response);
      transfer.over();
      return content;
    } catch (error) {
      // One that is no JSON has arrived all the same.
      if (error instanceof SyntaxError) transfer.over();
      else transfer.failed(error);
      throw error;
    }
  };

  transfer.share();
  hold(response);
  replace(response, "body", {
    get() {
      stream ??= giveOut();
      return stream;
    },
  });
  replace(response, "bodyUsed", { get: () => used || nativeUsed() });
  replace(response, "clone", { value: clone });
  for (const name of readers) {
    const native = response[name] as (() => Promise<unknown>) | undefined;
    if (native !== undefined) replace(response, name, { value: () => readBy(name, native) });
  }
}

function replace(response: Response, name: string, by: PropertyDescriptor): void {
  Object.defineProperty(response, name, { ...by, configurable: true });
}

/** The getter of a property, own or inherited, ready to be asked. */
function getter<T>(response: Response, name: string): () => T {
  let holder: object = response;
  while (!Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder);
  return Object.getOwnPropertyDescriptor(holder, name)?.get?.bind(response) as () => T;
}
