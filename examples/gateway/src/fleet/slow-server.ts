// An HTTP server that takes its time: so many requests at once, each for a drawn number of ms, the others wait in line.

import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { concurrencyLimit, serviceFn } from "@bal/service";

export interface SlowServerOptions {
  /** What the server says of itself in its answers. */
  readonly name: string;
  /** A request takes a uniform whole number of ms in [0, maxMs). */
  readonly maxMs: number;
  /** Requests worked on at once; the next wait their turn, first come first served. */
  readonly concurrency: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Not listening yet. A request whose client has gone gives its place back at once. */
export function slowServer(options: SlowServerOptions): Server {
  const { name, maxMs, concurrency, random } = options;
  const work = serviceFn((ms: number, { signal }) =>
    ms === 0 ? undefined : sleep(ms, undefined, signal && { signal }),
  );
  const desk = concurrencyLimit(concurrency)(work);

  const server = createServer((request, response) => {
    const ms = Math.floor(random() * maxMs);
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    request.resume();
    desk.call(ms, { signal: gone.signal }).then(
      () => {
        const body = `${JSON.stringify({ server: name, ms })}\n`;
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
        response.end(body);
      },
      () => response.destroy(),
    );
  });
  // A gateway keeps its connections; a server that closed idle ones early would make them fail under its hands.
  server.keepAliveTimeout = 60_000;
  return server;
}
