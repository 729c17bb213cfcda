// A stream that passes another one on and tells how far it has come.

/** Hears what becomes of a stream. */
export interface StreamFollower {
  /** Somebody reads or cancels it; may be told again. */
  used(): void;
  /** It has been read to the end. */
  over(): void;
  /** It broke. */
  failed(error: unknown): void;
  /** Nobody wants the rest. */
  cancelled(): void;
}

/** `source` as a stream of the same kind. Nothing is read before somebody reads, and `source` is not locked before. */
export function passOn(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  follower: StreamFollower,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  const passing = {
    async pull(controller: ReadableStreamController<Uint8Array<ArrayBuffer>>): Promise<void> {
      follower.used();
      reader ??= source.getReader();
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        follower.over();
        controller.close();
        // Who reads into a buffer of their own gets it back empty.
        if ("byobRequest" in controller) controller.byobRequest?.respond(0);
      } catch (error) {
        follower.failed(error);
        throw error;
      }
    },
    cancel(reason: unknown): Promise<void> {
      follower.used();
      follower.cancelled();
      return (reader ?? source).cancel(reason);
    },
  };
  const nothingAhead = { highWaterMark: 0 };
  return takesBuffers(source)
    ? new ReadableStream({ ...passing, type: "bytes" }, nothingAhead)
    : new ReadableStream(passing, nothingAhead);
}

function takesBuffers(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
