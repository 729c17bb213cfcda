/** What the HTTP bench compares does send requests. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pool, type Sender, senders } from "./dispatchers.ts";

const server = createServer((_, response) => response.end("done"));
let origin = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

it.each<Sender>([pool, ...senders])("$name answers", async ({ open }) => {
  const dispatcher = open([origin]);
  const { statusCode, body } = await dispatcher.request({ origin, path: "/", method: "GET" });
  expect([statusCode, await body.text()]).toEqual([200, "done"]);
  await dispatcher.close();
});
