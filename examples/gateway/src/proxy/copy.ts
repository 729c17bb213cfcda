// Copies a body into an answer, as fast as the client takes it.

import type { Readable, Writable } from "node:stream";

/**
 * Resolves when all of `from` has been written to `to`, which stays open; rejects when either breaks. On the path of
 * every request, `pipeline` would cost more than the rest of the copying: it makes an abort of its own each time.
 */
export function copy(from: Readable, to: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error | null): void => {
      to.off("close", broken);
      to.off("drain", more);
      if (error == null) resolve();
      else {
        from.destroy();
        reject(error);
      }
    };
    const broken = (): void => end(new Error("the client has gone"));
    const more = (): void => void from.resume();
    from.on("data", (chunk: Uint8Array) => {
      if (!to.write(chunk)) from.pause();
    });
    from.once("end", () => end());
    from.once("error", end);
    from.once("close", () => from.readableEnded || end(new Error("the upstream broke off")));
    to.on("drain", more);
    to.once("close", broken);
    if (to.destroyed) broken();
  });
}
