/** Real servers on loopback, closed when the test ends. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface TestServer {
  readonly origin: string;
  readonly port: number;
  /** Path and query of each request, in order. */
  readonly urls: string[];
  close(): Promise<void>;
}

/** A server that answers by `listener`; on a port of its own unless one is given. */
export async function startServer(listener: RequestListener, port = 0): Promise<TestServer> {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? "");
    listener(request, response);
  });
  await listen(server, port);
  const close = () => closeServer(server);
  onTestFinished(close);
  const used = (server.address() as AddressInfo).port;
  return { origin: `http://127.0.0.1:${used}`, port: used, urls, close };
}

/** An origin on which nothing listens. */
export async function deadOrigin(): Promise<string> {
  const server = createServer();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  await closeServer(server);
  return `http://127.0.0.1:${port}`;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
