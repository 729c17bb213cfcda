// A Redis connection as a service: one command at a time, and dead for good once it is lost.

import { type CallOptions, concurrencyLimit, type Service } from "@bal/service";
import { createClient } from "@redis/client";

/** How long to wait for an item of a list that nothing is ever put into: a command that keeps its connection busy. */
export interface Wait {
  readonly seconds: number;
}

/** Connects; resolves when commands can be sent. An abort gives the connection up. */
export async function connect(port: number, { signal }: CallOptions = {}): Promise<Service<Wait, boolean>> {
  // The pool replaces what is lost, so the client must not.
  const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: false } });
  const lost = new Promise<never>((_, reject) => {
    client.on("error", reject);
    client.on("end", () => reject(new Error("the connection has ended")));
  });
  lost.catch(() => {});
  const giveUp = (): void => client.destroy();
  signal?.addEventListener("abort", giveUp);
  await client.connect();
  signal?.removeEventListener("abort", giveUp);
  let alive = true;
  lost.catch(() => {
    alive = false;
  });
  const one = concurrencyLimit(1)({
    ready: () => (alive ? true : lost),
    call: async ({ seconds }: Wait) => (await client.blPop("jobs", seconds)) === null,
    close: async () => {
      if (client.isOpen) client.destroy();
    },
  });
  // A death while a command runs is told at once, not when the command has ended.
  return {
    ready: () => {
      const ready = alive ? one.ready() : lost;
      return ready === true ? true : Promise.race([ready, lost]);
    },
    call: (request, options) => one.call(request, options),
    close: async () => one.close?.(),
  };
}
