// A stream whose every chunk is asked for when somebody reads it, and not before.

type Step = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;

/** Of bytes where its reader may bring a buffer. */
export function pulled(
  read: () => Step | Promise<Step>,
  cancel: (reason: unknown) => Promise<void>,
  type?: "bytes",
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = {
    type,
    cancel,
    async pull(controller: ReadableStreamController<Uint8Array<ArrayBuffer>>): Promise<void> {
      const { done, value } = await read();
      if (!done) return controller.enqueue(value);
      controller.close();
      // Who reads into a buffer of their own gets it back empty.
      (controller as Partial<ReadableByteStreamController>).byobRequest?.respond(0);
    },
  };
  return new ReadableStream(source as UnderlyingDefaultSource, { highWaterMark: 0 });
}
