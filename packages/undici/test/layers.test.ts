/** What a layer between the balancer and an endpoint gives up ends there, is told once, and is not sent again. */
import type { Layer } from "@bal/service";
import type { DispatchEndpoint } from "@bal/undici";
import { buildConnector, type Dispatcher, Pool } from "undici";
import { describe, expect, test } from "vitest";
import { dispatcherOver } from "./support/balanced.ts";
import { startServer } from "./support/servers.ts";

const options = { origin: "http://users.internal", path: "/", method: "GET" } as const;
const tooSlow = new Error("too slow");

/** A layer whose calls are made by `call`; the rest is the endpoint's. */
function layer(call: (inner: DispatchEndpoint) => DispatchEndpoint["call"]): Layer<DispatchEndpoint> {
  return (inner) => ({
    ready: () => inner.ready(),
    load: () => inner.load(),
    call: call(inner),
    close: async () => inner.close?.(),
  });
}

/** Gives each call up with a signal of its own once `when` resolves. */
const aborting = (when: () => Promise<unknown>) =>
  layer((inner) => (message) => {
    const stop = new AbortController();
    void when().then(() => stop.abort(tooSlow));
    return inner.call(message, { signal: stop.signal });
  });

/** Fails without a word to the endpoint. */
const leaving = (when: () => Promise<unknown>) =>
  layer((inner) => (message, callOptions) => {
    inner.call(message, callOptions).catch(() => {});
    return when().then(() => Promise.reject(tooSlow));
  });

/** What a handler of each shape heard of its end. */
const shapes = {
  old(heard: unknown[]) {
    const handler = { onConnect() {}, onHeaders: () => true, onData: () => true };
    return {
      ...handler,
      onComplete: () => void heard.push("end"),
      onError: (error: unknown) => void heard.push(error),
    };
  },
  new(heard: unknown[]) {
    const handler = { onRequestStart() {}, onResponseStart() {}, onResponseData() {} };
    const onResponseError = (_: unknown, error: unknown) => void heard.push(error);
    return { ...handler, onResponseEnd: () => void heard.push("end"), onResponseError };
  },
};

for (const [shape, handlerFor] of Object.entries(shapes)) {
  for (const [how, given] of Object.entries({ "by its signal": aborting, "by failing": leaving })) {
    describe(`an ${shape} handler's request that a layer gives up ${how}`, () => {
      test("ends on the server", async () => {
        let closed = 0;
        const silent = await startServer((message) => message.on("close", () => closed++));
        const load = given(() => expect.poll(() => silent.requests.length).toBe(1));
        const dispatcher = dispatcherOver([silent.origin, silent.origin], { load });
        const heard: unknown[] = [];
        dispatcher.dispatch(options, handlerFor(heard) as unknown as Dispatcher.DispatchHandler);
        await expect.poll(() => closed).toBe(1);
        expect([heard, silent.requests.length]).toEqual([[tooSlow], 1]);
        expect(dispatcher.endpoints().map(({ running, reachable }) => ({ running, reachable }))).toEqual([
          { running: 0, reachable: true },
          { running: 0, reachable: true },
        ]);
        await dispatcher.close();
      });

      test("is not sent when it has its connection only afterwards", async () => {
        const server = await startServer();
        const connect = buildConnector({});
        let connectNow = () => {};
        const connector: buildConnector.connector = (to, done) => {
          connectNow = () => connect(to, done);
        };
        const dispatcher = dispatcherOver([server.origin], {
          factory: (of) => new Pool(of, { connect: connector, connections: 1 }),
          load: given(() => Promise.resolve()),
        });
        await expect.poll(() => dispatcher.endpoints().length).toBe(1);
        const heard: unknown[] = [];
        dispatcher.dispatch(options, handlerFor(heard) as unknown as Dispatcher.DispatchHandler);
        await expect.poll(() => heard).toEqual([tooSlow]);
        connectNow();
        await expect.poll(() => server.connections).toBe(1);
        await dispatcher.close();
        expect([heard, server.requests.length]).toEqual([[tooSlow], 0]);
      });
    });
  }
}
