/** TLS checks the name that the caller wrote, over endpoints that are addresses; HTTP/2 where the client allows it. */
import { Pool, request } from "undici";
import { expect, test } from "vitest";
import { dispatcherOver } from "./support/balanced.ts";
import { cert } from "./support/certificate.ts";
import { startHttp2Server, startTlsServer } from "./support/servers.ts";

test("the caller's host is the name that the certificate must be for", async () => {
  const servers = [await startTlsServer(), await startTlsServer()];
  const names: unknown[] = [];
  for (const { server } of servers) server.on("secureConnection", (socket) => names.push(socket.servername));
  const dispatcher = dispatcherOver(() => servers.map(({ port }) => ({ address: "127.0.0.1", port })), {
    factory: (of) => new Pool(of, { connect: { ca: cert } }),
  });
  for (let i = 0; i < 4; i++) {
    expect(await (await request("https://users.internal/a", { dispatcher })).body.text()).toBe("ok");
  }
  expect(servers.flatMap(({ requests }) => requests)).toEqual(Array(4).fill("GET /a users.internal"));
  expect(names).toEqual(["users.internal", "users.internal"]);
  await expect(request("https://others.internal/", { dispatcher })).rejects.toMatchObject({
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
});

test("HTTP/2 carries many requests on one connection to each server", async () => {
  const servers = [await startHttp2Server(), await startHttp2Server()];
  const dispatcher = dispatcherOver(
    servers.map((server) => server.origin),
    { factory: (of) => new Pool(of, { connect: { ca: cert }, allowH2: true, connections: 1, pipelining: 100 }) },
  );
  const send = async () =>
    (await request("https://users.internal/", { dispatcher, method: "POST", body: "b" })).body.text();
  await Promise.all([send(), send()]);
  expect(await Promise.all(Array.from({ length: 20 }, send))).toEqual(Array(20).fill("ok"));
  for (const { connections, requests } of servers) {
    expect(connections).toBe(1);
    expect(requests.length).toBe(11);
    expect(requests[0]).toContain("users.internal");
  }
});
