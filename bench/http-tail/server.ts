/** One HTTP server as a process of its own: a few slots behind a FIFO queue, and trouble on demand. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the bench tells a server. */
export type Mode = "well" | "slow" | "hangs" | "fails";

export const slots = 4;
/** Times slower when slow. */
export const slowness = 10;

interface Waiting {
  readonly workMs: number;
  readonly response: ServerResponse;
}

/** Serves on a free port until the parent goes; says the port, then listens for modes. */
export function serve(): void {
  let mode: Mode = "well";
  let busy = 0;
  const queue: Waiting[] = [];

  const next = (): void => {
    if (mode === "hangs") return;
    while (busy < slots) {
      const waiting = queue.shift();
      if (waiting === undefined) return;
      busy += 1;
      setTimeout(
        () => {
          const finish = (): void => {
            busy -= 1;
            waiting.response.end("done");
            next();
          };
          if (mode === "hangs") held.push(finish);
          else finish();
        },
        waiting.workMs * (mode === "slow" ? slowness : 1),
      );
    }
  };
  const held: (() => void)[] = [];

  const server = createServer((request, response) => {
    if (mode === "fails") {
      response.statusCode = 500;
      response.end("failed");
      return;
    }
    queue.push({ workMs: Number(request.headers["x-work-ms"]), response });
    next();
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on("message", (said: Mode) => {
    mode = said;
    if (mode === "hangs") return;
    for (const finish of held.splice(0)) finish();
    next();
  });
  process.on("disconnect", () => process.exit(0));
}
