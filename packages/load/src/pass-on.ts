// A stream that passes a body on and tells when it is over.

import type { Complete } from "./completion.ts";

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * The body of `response` as a stream of the same kind. `complete` is told of the end, of a failure and of a cancel.
 *
 * The body is left alone until somebody reads, and `response` is held: of one that is garbage, unread, the platform may
 * close the connection.
 */
export function passOn(response: Response, complete: Complete): Body {
  const body = (): Body => response.body as Body;
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  const passing = {
    async pull(controller: ReadableStreamController<Uint8Array<ArrayBuffer>>): Promise<void> {
      reader ??= body().getReader();
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        complete();
        controller.close();
        // Who reads into a buffer of their own gets it back empty.
        (controller as Partial<ReadableByteStreamController>).byobRequest?.respond(0);
      } catch (error) {
        complete({ error });
        throw error;
      }
    },
    cancel(reason: unknown): Promise<void> {
      complete();
      return (reader ?? body()).cancel(reason);
    },
  };
  // Without the type it is one of any chunks; nothing is read ahead of who reads.
  const type = (isOfBytes(body()) ? "bytes" : undefined) as "bytes";
  return new ReadableStream({ ...passing, type }, { highWaterMark: 0 });
}

function isOfBytes(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
