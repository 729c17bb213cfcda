// The HTTP server in front: its limits, and its answers to what cannot be read as a request.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { rawAnswer } from "./failure.ts";
import { answerOn, type Upgrade } from "./upgrade.ts";

export interface ServerLimits {
  /** Size of a request's header, with its first line. */
  readonly headerBytes: number;
  /** A client has so long to send the header. */
  readonly headerMs: number;
}

/** How a request has come. */
export interface Arrived {
  /** It waits for "100 Continue". */
  readonly expectsContinue?: boolean;
  /** It asks for another protocol, and Node has let go of its connection. */
  readonly upgrade?: Upgrade;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, arrived: Arrived) => void;

export function httpServer(limits: ServerLimits, handle: Handler): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    requestTimeout: 0, // a body may stream for as long as it likes
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.headerMs / 2)),
    insecureHTTPParser: false,
  });
  // Longer than clients keep theirs: a connection that closes just as a request comes makes that request fail.
  server.keepAliveTimeout = 65_000;
  server.maxHeadersCount = 0; // their size has a limit; a limit of their number would drop some without a word
  const accept = (request: IncomingMessage, response: ServerResponse, arrived: Arrived): void => {
    // A client that goes in the middle of a write is no reason to end; whoever answers hears of the close.
    response.on("error", () => {});
    handle(request, response, arrived);
  };
  server.on("request", (request, response) => accept(request, response, {}));
  server.on("checkContinue", (request, response) => accept(request, response, { expectsContinue: true }));
  server.on("upgrade", (request, socket: Duplex, head) => {
    accept(request, answerOn(request, socket), { upgrade: { socket, head } });
  });
  server.on("connect", (_request, socket: Duplex) => {
    socket.on("error", () => {});
    socket.end(rawAnswer(501, "not_implemented", "this gateway opens no tunnels"));
  });
  server.on("clientError", answerUnreadable);
  return server;
}

function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  const { code } = error;
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  // An answer under way to an earlier request of this connection must not get another one into its middle.
  const begun = (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent;
  if (begun) socket.destroy();
  else socket.end(unreadable(code));
}

function unreadable(code: string | undefined): string {
  if (code === "HPE_HEADER_OVERFLOW")
    return rawAnswer(431, "header_too_large", "the header of the request is too large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return rawAnswer(408, "request_timeout", "the request did not come in time");
  return rawAnswer(400, "bad_request", `not a request that can be understood in one way only (${code ?? "unknown"})`);
}

/** Listens on `port`, or on the first free one from there on when `orNext`. */
export async function listen(server: Server, at: { host: string; port: number; orNext: boolean }): Promise<number> {
  for (let port = at.port; ; port += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, host: at.host, backlog: 4096 }, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const busy = (error as { code?: string }).code === "EADDRINUSE";
      if (!busy || !at.orNext || port >= at.port + 100) throw error;
    }
  }
}
