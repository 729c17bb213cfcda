// Upgrades through the gateway, as WebSocket makes them, on real sockets.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, gatewayOver, kill, open, raw, serverWith } from "./support/stand.ts";

/** A server that switches to a protocol in which it says everything back in capitals. */
async function shouting() {
  const asked: IncomingMessage[] = [];
  const sockets: Duplex[] = [];
  const front = await serverWith((request, response) => response.end(`no ${request.headers.upgrade ?? "upgrade"}`));
  front.server.on("upgrade", (request, socket, head) => {
    asked.push(request);
    sockets.push(socket);
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    const { headers } = request;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\nSec-WebSocket-Accept: for ${headers["sec-websocket-key"]}\r\n\r\nhello `,
    );
    const shout = (chunk: Buffer) => void socket.write(chunk.toString().toUpperCase());
    if (head.length > 0) shout(head);
    socket.on("data", shout);
  });
  return { ...front, asked, sockets };
}

const handshake = (more = "") =>
  `GET /chat?room=1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n${more}\r\n`;

/** A client of the gateway that has asked for an upgrade. */
function speaking(port: number, bytes = handshake()): { socket: Socket; heard(): string } {
  const socket = open(port);
  let heard = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    heard += chunk;
  });
  socket.on("error", () => {});
  socket.write(bytes);
  return { socket, heard: () => heard };
}

describe("an upgrade", () => {
  it("joins both ends, and what either has said before is not lost", async () => {
    const server = await shouting();
    const { port } = await gatewayOver([server.url]);
    const { socket, heard } = speaking(port, `${handshake()}early `);
    await eventually(() => heard().endsWith("hello EARLY "));
    socket.write("late");
    await eventually(() => heard().endsWith("LATE"));
    const [head] = heard().split("\r\n\r\n");
    expect(head?.split("\r\n")).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Accept: for k",
      "Via: 1.1 bal",
      expect.stringMatching(/^Date: /),
    ]);
    const [request] = server.asked;
    expect(request).toMatchObject({ method: "GET", url: "/chat?room=1" });
    expect(request?.headers).toMatchObject({
      connection: "Upgrade",
      upgrade: "websocket",
      host: new URL(server.url).host,
      via: "1.1 bal",
      "x-forwarded-for": "127.0.0.1",
    });
  });

  it.each([
    ["the client", (client: Socket) => client.destroy()],
    ["the client, in order", (client: Socket) => client.end()],
    ["the server", (_: Socket, server: Duplex) => server.destroy()],
    ["the server, in order", (_: Socket, server: Duplex) => server.end()],
  ])("is in flight until one of them goes, and then neither is left: %s", async (_, leave) => {
    const server = await shouting();
    const { gateway, port } = await gatewayOver([server.url], { strategyId: "p2c-pending" });
    const { socket, heard } = speaking(port);
    await eventually(() => heard().endsWith("hello "));
    const [upstream] = gateway.upstreams;
    expect([upstream?.inFlight, gateway.traffic.figures().inFlight]).toEqual([1, 1]);
    expect(gateway.balance.endpoints()[0]?.load).toBe(1);
    leave(socket, server.sockets[0] as Duplex);
    await eventually(() => socket.destroyed && server.sockets[0]?.destroyed === true);
    await eventually(() => upstream?.inFlight === 0 && gateway.traffic.figures().inFlight === 0);
    expect(gateway.balance.endpoints()[0]?.load).toBe(0);
    expect(upstream?.figures()).toMatchObject({ requests: 1, errors: 0 });
    expect(gateway.traffic.figures()).toMatchObject({ requests: 1, errors: 0 });
  });

  it("that goes on for long does not make its server look slow", async () => {
    const server = await shouting();
    const { gateway, port } = await gatewayOver([server.url], { strategyId: "least-expected-delay" });
    const { heard } = speaking(port);
    await eventually(() => heard().endsWith("hello "));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // One request of a few milliseconds, and none that has been waiting for a second.
    expect(gateway.balance.endpoints()[0]?.load).toBeLessThan(200);
  });

  it("that the server declines is answered as it answers, and the connection ends", async () => {
    const plain = await serverWith((_, response) => response.writeHead(426, { upgrade: "other" }).end("not here"));
    const { gateway, port } = await gatewayOver([plain.url]);
    const answer = await raw(port, handshake());
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(answer).toContain("not here");
    await eventually(() => gateway.traffic.figures().inFlight === 0);
  });

  it("goes to a server that lives, and is answered with 503 where there is none", async () => {
    const [dead, living] = [await serverWith(() => {}), await shouting()];
    await kill(dead.server);
    const over = await gatewayOver([dead.url, living.url]);
    for (let i = 0; i < 3; i += 1) {
      const { socket, heard } = speaking(over.port);
      await eventually(() => heard().endsWith("hello "));
      socket.destroy();
    }
    const none = await gatewayOver([dead.url]);
    expect(await raw(none.port, handshake())).toMatch(/^HTTP\/1\.1 50[23] /);
    expect(await raw(none.port, handshake())).toMatch(/^HTTP\/1\.1 503 /);
  });

  it("with a body is refused, since nobody could tell where the body ends", async () => {
    const server = await shouting();
    const { port } = await gatewayOver([server.url]);
    for (const more of ["Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"]) {
      expect(await raw(port, `${handshake(more)}abc`)).toMatch(
        /^HTTP\/1\.1 501 [\s\S]*an upgrade that comes with a body/,
      );
    }
    expect(server.asked).toEqual([]);
  });

  it("of HTTP/1.0 is none", async () => {
    const server = await shouting();
    const { port } = await gatewayOver([server.url]);
    const answer = await raw(port, handshake().replace("HTTP/1.1", "HTTP/1.0"));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*no upgrade/);
  });

  it("is cut when the time for draining is over", async () => {
    const server = await shouting();
    const { gateway, port } = await gatewayOver([server.url]);
    const { socket, heard } = speaking(port);
    await eventually(() => heard().endsWith("hello "));
    const closing = gateway.close(300);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(socket.destroyed).toBe(false);
    await closing;
    await eventually(() => socket.destroyed && server.sockets[0]?.destroyed === true);
  });
});
