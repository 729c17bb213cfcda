/** Handlers of both shapes hear everything in their own, whichever the endpoint's client takes. */
import { Agent, type Dispatcher, Pool, request } from "undici";
import { describe, expect, test } from "vitest";
import { dispatcherOver } from "./support/balanced.ts";
import { deadOrigin, startServer } from "./support/servers.ts";

const origin = "http://users.internal";

/** What a handler of either shape heard, in one form. */
interface Heard {
  readonly log: string[];
  readonly handler: Dispatcher.DispatchHandler;
  readonly over: Promise<void>;
  abort?: (reason: Error) => void;
  failure?: Error;
}

function oldHandler(): Heard {
  const log: string[] = [];
  let end: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const text = (raw: readonly unknown[]) => raw.map(String).join(",").toLowerCase();
  const heard: Heard = {
    log,
    over,
    handler: {
      onConnect(abort: (reason?: Error) => void) {
        heard.abort = abort;
        log.push("start");
      },
      onHeaders(status: number, raw: unknown[], _: () => void, message: string) {
        log.push(`headers ${status} ${message} ${text(raw).includes("x-header,value")}`);
        return true;
      },
      onData(chunk: Buffer) {
        log.push(`data ${chunk}`);
        return true;
      },
      onComplete(raw: unknown[]) {
        log.push(`end ${text(raw ?? [])}`);
        end();
      },
      onError(error: Error) {
        heard.failure = error;
        log.push(`error ${error.message}`);
        end();
      },
      onBodySent: () => void log.push("sent"),
    } as Dispatcher.DispatchHandler,
  };
  return heard;
}

function newHandler(): Heard {
  const log: string[] = [];
  let end: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const heard: Heard = {
    log,
    over,
    handler: {
      onRequestStart(controller) {
        heard.abort = (reason) => controller.abort(reason);
        log.push("start");
      },
      onResponseStart: (_, status, headers, message) => {
        log.push(`headers ${status} ${message} ${headers["x-header"] === "value"}`);
      },
      onResponseData: (_, chunk) => void log.push(`data ${chunk}`),
      onResponseEnd(_, trailers) {
        log.push(
          `end ${Object.entries(trailers ?? {})
            .flat()
            .join(",")}`,
        );
        end();
      },
      onResponseError(_, error) {
        heard.failure = error;
        log.push(`error ${error.message}`);
        end();
      },
    },
  };
  return heard;
}

/** A pool that takes new handlers only, as undici 8's does. */
class NewOnly extends Pool {
  override dispatch(opts: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (typeof handler.onRequestStart !== "function") throw new TypeError("invalid onRequestStart method");
    return super.dispatch(opts, handler);
  }
}

const shapes = { old: oldHandler, new: newHandler };
const clients = { both: (of: string) => new Pool(of), "new only": (of: string) => new NewOnly(of) };

for (const [shape, makeHandler] of Object.entries(shapes)) {
  for (const [takes, factory] of Object.entries(clients)) {
    describe(`an ${shape} handler over a client that takes ${takes}`, () => {
      test("hears of head, body and trailers", async () => {
        const server = await startServer((_, response) => {
          response.writeHead(200, { "x-header": "value", trailer: "x-trailer" });
          response.write("body");
          response.addTrailers({ "x-trailer": "t" });
          response.end();
        });
        const dispatcher = dispatcherOver([server.origin], { factory });
        const { handler, log, over } = makeHandler();
        dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler);
        await over;
        expect(log.filter((line) => line !== "start")).toEqual(["headers 200 OK true", "data body", "end x-trailer,t"]);
        expect(log[0]).toBe("start");
      });

      test("aborts in flight, which says nothing about the endpoint", async () => {
        const server = await startServer(() => {});
        const dispatcher = dispatcherOver([server.origin], { factory });
        const heard = makeHandler();
        dispatcher.dispatch({ origin, path: "/", method: "GET" }, heard.handler);
        await expect.poll(() => server.requests.length).toBe(1);
        heard.abort?.(new Error("no longer"));
        await heard.over;
        expect(heard.log.at(-1)).toBe("error no longer");
        expect(dispatcher.endpoints()[0]).toMatchObject({ running: 0, reachable: true });
      });

      test("hears of a failure once, after all endpoints were tried", async () => {
        const dispatcher = dispatcherOver([await deadOrigin(), await deadOrigin()], { factory });
        const { handler, log, over } = makeHandler();
        dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler);
        await over;
        expect(log.filter((line) => line.startsWith("error")).length).toBe(1);
        expect(log.at(-1)).toContain("ECONNREFUSED");
      });

      test("pauses and goes on", async () => {
        const server = await startServer((_, response) => response.end(Buffer.alloc(300_000)));
        const dispatcher = dispatcherOver([server.origin], { factory });
        let bytes = 0;
        let resume: (() => void) | undefined;
        const paused = await new Promise<number>((resolve, reject) => {
          const pause = (chunk: Buffer, goOn: () => void) => {
            bytes += chunk.length;
            resume = goOn;
            setTimeout(() => resolve(bytes), 20);
          };
          const done = () => resolve(-1);
          let goOn = () => {};
          const handler = {
            old: {
              onConnect: () => {},
              onHeaders: (_: number, __: unknown, next: () => void) => {
                goOn = next;
                return true;
              },
              onData: (chunk: Buffer) => {
                if (resume !== undefined) bytes += chunk.length;
                else pause(chunk, goOn);
                return bytes !== chunk.length;
              },
              onComplete: done,
              onError: reject,
            },
            new: {
              onRequestStart: () => {},
              onResponseStart: () => {},
              onResponseData: (controller: Dispatcher.DispatchController, chunk: Buffer) => {
                if (resume !== undefined) bytes += chunk.length;
                else {
                  pause(chunk, () => controller.resume());
                  controller.pause();
                }
              },
              onResponseEnd: done,
              onResponseError: (_: unknown, error: Error) => reject(error),
            },
          }[shape];
          dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler as unknown as Dispatcher.DispatchHandler);
        });
        expect(paused).toBeGreaterThan(0);
        expect(paused).toBeLessThan(300_000);
        resume?.();
        await expect.poll(() => bytes).toBe(300_000);
      });

      test("hears of a closed and a destroyed dispatcher", async () => {
        const dispatcher = dispatcherOver(["http://127.0.0.1:1"], { factory });
        await dispatcher.close();
        const { handler, log, over } = makeHandler();
        expect(dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler)).toBe(true);
        await over;
        expect(log).toEqual(["error The client is closed"]);
      });
    });
  }
}

test("the dispatcher that undici 7's functions leave in the options is not handed on, since undici 8's refuse it", async () => {
  const seen: unknown[] = [];
  const server = await startServer();
  const factory = (of: string) =>
    new Pool(of).compose((dispatch) => (opts, handler) => {
      seen.push((opts as { dispatcher?: unknown }).dispatcher);
      return dispatch(opts, handler);
    });
  const dispatcher = dispatcherOver([server.origin], { factory });
  for (const url of [origin, server.origin]) await (await request(url, { dispatcher })).body.text();
  expect(seen.slice(-2)).toEqual([undefined, undefined]);
});

test("what is no handler, and options that are none, are refused as undici does", async () => {
  const dispatcher = dispatcherOver(["http://127.0.0.1:1"]);
  const send = (opts: unknown, handler: unknown) => () => dispatcher.dispatch(opts as never, handler as never);
  expect(send({}, undefined)).toThrow("handler must be an object");
  expect(send({}, {})).toThrow("handler must be an object");
  const { handler, log } = newHandler();
  send(null, handler)();
  expect(log).toEqual(["error opts must be an object."]);
});

test("a queue that is full refuses with OverloadedError through the handler", async () => {
  const { balance } = await import("@bal/p2c");
  const server = await startServer(() => {});
  const dispatcher = dispatcherOver([server.origin], {
    concurrency: 1,
    balance: (endpoints) => balance(endpoints, { maxQueue: 1 }),
  });
  const all = [oldHandler(), newHandler(), oldHandler()];
  for (const { handler } of all) {
    dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await all[2]!.over;
  expect(all[2]!.failure).toMatchObject({ code: "BAL_OVERLOADED" });
});

test("a composed dispatcher serves as an endpoint's client too", async () => {
  const server = await startServer();
  const factory = (of: string) =>
    new Agent().compose((dispatch) => (opts, handler) => dispatch({ ...opts, origin: of }, handler));
  const dispatcher = dispatcherOver([server.origin], { factory });
  for (const { handler, log, over } of [oldHandler(), newHandler()]) {
    dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler);
    await over;
    expect(log.at(-1)).toMatch(/^end/);
  }
});
