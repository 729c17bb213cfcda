/** Real servers on loopback, closed when the test ends. */
import { createServer, type RequestListener } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { cert, key } from "./certificate.ts";

export interface TestServer {
  readonly origin: string;
  readonly port: number;
  /** Method, path and host of each request, in order. */
  readonly requests: string[];
  readonly server: Server;
  /** Connections accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

async function start(server: Server, scheme: string, requests: string[], port: number): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  const used = (server.address() as AddressInfo).port;
  return {
    origin: `${scheme}://127.0.0.1:${used}`,
    port: used,
    requests,
    server,
    get connections() {
      return connections;
    },
    close,
  };
}

/** Notes each request, then answers by `listener`. */
function noting(requests: string[], listener: RequestListener): RequestListener {
  return (request, response) => {
    const host = request.headers.host ?? request.headers[":authority"];
    requests.push(`${request.method} ${request.url} ${host}`);
    listener(request, response);
  };
}

const answer: RequestListener = (_, response) => void response.end("ok");

export function startServer(listener: RequestListener = answer, port = 0): Promise<TestServer> {
  const requests: string[] = [];
  return start(createServer(noting(requests, listener)), "http", requests, port);
}

export function startTlsServer(listener: RequestListener = answer): Promise<TestServer> {
  const requests: string[] = [];
  return start(createTlsServer({ key, cert }, noting(requests, listener)), "https", requests, 0);
}

export function startHttp2Server(listener: RequestListener = answer): Promise<TestServer> {
  const requests: string[] = [];
  const server = createSecureServer({ key, cert });
  server.on("request", noting(requests, listener) as never);
  return start(server, "https", requests, 0);
}

/** An origin on which nothing listens. */
export async function deadOrigin(): Promise<string> {
  const { origin, close } = await startServer();
  await close();
  return origin;
}
