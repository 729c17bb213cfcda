/** What a dispatcher made of one undici must do under another's calls and under the built-in fetch. See main.mjs. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { least } from "@bal/least";
import { expectedDelay } from "@bal/load";
import { balance } from "@bal/p2c";
import { balanced, balancedDispatcher, type GroupOptions } from "@bal/undici";
import { Agent, type Dispatcher } from "undici";
import { check, report } from "./check.ts";

// The undici of the bundle is one version; those that call are named by the environment.
const callers = (process.env.CALLERS ?? "").split(" ").filter((name) => name !== "");

const servers = await Promise.all(
  [0, 1].map(async () => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.url !== "/silent") response.end(`${request.headers.host} ${Buffer.concat(chunks)}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }),
);
const origins = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
const refusing = "http://127.0.0.1:1";
const url = "http://users.internal/";

type Undici = typeof import("undici");
type Send = (dispatcher: Dispatcher, path: string, signal?: AbortSignal) => Promise<string>;

const byFetch =
  (fetch: typeof globalThis.fetch): Send =>
  async (dispatcher, path, signal) =>
    (
      await fetch(url + path, { method: "POST", body: "b", dispatcher, ...(signal && { signal }) } as RequestInit)
    ).text();
const ways: Record<string, Send> = { "built-in fetch": byFetch(globalThis.fetch) };
for (const name of callers) {
  const undici = (await import(name)) as Undici;
  ways[`${name} fetch`] = byFetch(undici.fetch as unknown as typeof globalThis.fetch);
  ways[`${name} request`] = async (dispatcher, path, signal) => {
    const { body } = await undici.request(url + path, {
      method: "POST",
      body: "b",
      dispatcher,
      ...(signal && { signal }),
    });
    return body.text();
  };
  ways[`${name} stream`] = async (dispatcher, path, signal) => {
    let text = "";
    const write = (chunk: Buffer, _: string, done: () => void) => {
      text += chunk;
      done();
    };
    const init = { method: "POST" as const, body: "b", dispatcher, opaque: undefined, ...(signal && { signal }) };
    await undici.stream(url + path, init, () => new Writable({ write }));
    return text;
  };
  ways[`${name} global`] = async (dispatcher, path, signal) => {
    const before = undici.getGlobalDispatcher();
    undici.setGlobalDispatcher(dispatcher);
    try {
      return await byFetch(globalThis.fetch)(undefined as never, path, signal);
    } finally {
      undici.setGlobalDispatcher(before);
    }
  };
}

const options: GroupOptions = {
  balance: (endpoints) => balance(endpoints, { picker: least() }),
  load: expectedDelay(),
};

for (const [name, send] of Object.entries(ways)) {
  await check(name, async (expect) => {
    const dispatcher = balancedDispatcher([refusing, ...origins, refusing], options);
    const agent = new Agent();
    const composed = agent.compose(balanced({ targets: origins, ...options }));
    for (let i = 0; i < 6; i++) expect(await send(dispatcher, ""), "users.internal b");
    for (let i = 0; i < 4; i++) expect(await send(composed, ""), "users.internal b");
    const stop = new AbortController();
    const reason = new Error("no longer");
    setTimeout(() => stop.abort(reason), 30);
    const error = await send(dispatcher, "silent", stop.signal).catch((failure: unknown) => failure);
    expect(error, reason);
    await Promise.all([dispatcher.destroy(), agent.destroy()]);
  });
}

for (const server of servers) {
  server.closeAllConnections();
  server.close();
}
report();
