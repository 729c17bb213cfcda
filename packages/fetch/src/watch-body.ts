// A response that tells of the reading of its body, and is still the one that fetch gave: another costs a tenth of a request.

import { pulled } from "./pulled.ts";

/** Hears of a body. */
export interface Reading {
  /** Somebody reads. */
  begun(): void;
  /** Somebody has got some of it, and has not asked for more. */
  left(): void;
  /** All has been read, or no more will be. */
  over(): void;
}

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

const readings = new WeakMap<Response, Reading>();
const streams = new WeakMap<Response, Body>();
/** For the prototype that a response came with (there are other classes than the platform's) the one that it gets. */
const prototypes = new WeakMap<object, object>();

/** Of clones one that is read to its end is enough. */
export function watchBody(response: Response, reading: Reading): Response {
  const own: Response = Object.getPrototypeOf(response);
  let prototype = prototypes.get(own);
  if (prototype === undefined) {
    prototype = watching(own);
    prototypes.set(own, prototype);
    // A mock may give the same response again.
    prototypes.set(prototype, prototype);
  }
  readings.set(response, reading);
  return Object.setPrototypeOf(response, prototype);
}

function watching(own: Response): object {
  const readingOf = (response: Response): Reading => readings.get(response) as Reading;
  const prototype = Object.create(own, {
    body: {
      get(this: Response) {
        let stream = streams.get(this);
        if (stream === undefined) {
          stream = passOn(() => Reflect.get(own, "body", this) as Body, readingOf(this));
          streams.set(this, stream);
        }
        return stream;
      },
    },
    clone: {
      value(this: Response) {
        return watchBody(own.clone.call(this), readingOf(this));
      },
    },
  });
  for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const) {
    // Not every platform has `bytes`.
    if (!(name in own)) continue;
    const value = function (this: Response): Promise<unknown> {
      const { begun, over } = readingOf(this);
      begun();
      const whole = own[name].call(this);
      whole.then(over, over);
      return whole;
    };
    Object.defineProperty(prototype, name, { value });
  }
  return prototype;
}

/** The body as a stream of the same kind; it is left alone until somebody reads. */
function passOn(body: () => Body, { begun, left, over }: Reading): Body {
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  return pulled(
    async () => {
      begun();
      try {
        reader ??= body().getReader();
        const step = await reader.read();
        if (step.done) over();
        else left();
        return step;
      } catch (error) {
        over();
        throw error;
      }
    },
    (reason) => {
      over();
      return (reader ?? body()).cancel(reason);
    },
    isOfBytes(body()) ? "bytes" : undefined,
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
