// Lets every microtask run that is due, and those that they cause, without waiting for real time.

interface Turns {
  readonly setImmediate?: (fn: () => void) => unknown;
}

/**
 * Resolves when all promise callbacks that can run have run: by a turn of the event loop, which comes after all
 * microtasks. A turn costs about a microsecond in Node (`setImmediate`); elsewhere a message to itself stands in.
 */
export const settle: () => Promise<void> = settler(globalThis as Turns);

function settler({ setImmediate }: Turns): () => Promise<void> {
  // Taken once, so that a test runner's fake timers do not stop it.
  if (setImmediate !== undefined) {
    return () => new Promise((resolve) => void setImmediate(resolve));
  }
  if (typeof MessageChannel === "function") {
    const { port1, port2 } = new MessageChannel();
    const waiting: (() => void)[] = [];
    port1.onmessage = () => waiting.shift()?.();
    return () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        port2.postMessage(undefined);
      });
  }
  const { setTimeout } = globalThis;
  return () => new Promise((resolve) => void setTimeout(resolve, 0));
}
