// The body of a Request as bytes where it is there already: it is handed out as a stream even if it was a string.

import { schedule } from "@bal/service";
import { pulled } from "./pulled.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Step = ReadableStreamReadResult<Bytes>;

/** A body that is not over by then is a stream that is being made. In memory one takes microseconds, a blob's some ms. */
const patienceMs = 10;

/** Of a stream no more than this is kept, in bytes, and the chunk that crosses it. */
const most = 2 ** 20;

/**
 * The whole of `body` if it comes at once, so that it can be sent with its length, and a second time. Else a stream of the
 * same: what came, and the rest as it comes.
 */
export async function readAhead(body: ReadableStream<Bytes>): Promise<Blob | ReadableStream<Bytes>> {
  const reader = body.getReader();
  const chunks: Bytes[] = [];
  let next: Promise<Step> | undefined = reader.read();
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = schedule(patienceMs, () => resolve(undefined));
  });
  // One chunk may have any size: who made it has it in memory.
  for (let size = 0; size <= most || chunks.length === 1; ) {
    const step = await Promise.race([next, late]);
    if (step === undefined) break;
    if (step.done) {
      cancel();
      return new Blob(chunks);
    }
    chunks.push(step.value);
    next = reader.read();
    // What is no bytes is for fetch to judge.
    if (!ArrayBuffer.isView(step.value)) break;
    size += step.value.byteLength;
  }
  cancel();
  // It may fail before it is read.
  next.catch(() => {});
  const read = (): Promise<Step> | Step => {
    const value = chunks.shift();
    if (value !== undefined) return { done: false, value };
    const step = next ?? reader.read();
    next = undefined;
    return step;
  };
  return pulled(read, (reason) => reader.cancel(reason));
}
