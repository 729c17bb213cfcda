/** An endpoint keeps the contract of a service, with a client below that answers as the work does. */
import type { Service } from "@bal/service";
import { serviceContract } from "@bal/service/testing";
import { balancedDispatcher, type DispatchEndpoint, type DispatchRequest } from "@bal/undici";
import { Dispatcher } from "undici";
import { describe, test } from "vitest";

/** What a client tells its handlers, in either shape. */
interface Told {
  begin(abort: (reason: unknown) => void): void;
  end(body: string): void;
  fail(error: unknown): void;
}

const told = {
  new: (handler: Dispatcher.DispatchHandler): Told => {
    const controller = { aborted: false } as Dispatcher.DispatchController;
    return {
      begin(abort) {
        controller.abort = (reason) => {
          Object.assign(controller, { aborted: true, reason });
          abort(reason);
        };
        handler.onRequestStart?.(controller, undefined);
      },
      end(body) {
        handler.onResponseStart?.(controller, 200, {}, "OK");
        handler.onResponseData?.(controller, Buffer.from(body));
        handler.onResponseEnd?.(controller, {});
      },
      fail: (error) => handler.onResponseError?.(controller, error as Error),
    };
  },
  old: (handler: Dispatcher.DispatchHandler): Told => ({
    begin: (abort) => handler.onConnect?.(abort),
    end(body) {
      handler.onHeaders?.(200, [], () => {}, "OK");
      handler.onData?.(Buffer.from(body));
      handler.onComplete?.([]);
    },
    fail: (error) => handler.onError?.(error as Error),
  }),
};

/** A client whose requests are calls of `backend`: of the path without its slash. */
class Client extends Dispatcher {
  readonly #backend: Service<number, string>;
  readonly #shape: keyof typeof told;

  constructor(backend: Service<number, string>, shape: keyof typeof told) {
    super();
    this.#backend = backend;
    this.#shape = shape;
  }

  override dispatch(opts: Dispatcher.DispatchOptions | null, handler: Dispatcher.DispatchHandler): boolean {
    const teller = told[this.#shape](handler);
    if (opts === null) {
      teller.fail(new Error("no options"));
      return true;
    }
    const stop = new AbortController();
    teller.begin((reason) => {
      stop.abort(reason);
      teller.fail(reason);
    });
    const failed = (error: unknown): void => void (stop.signal.aborted || teller.fail(error));
    this.#backend.call(Number(opts.path.slice(1)), { signal: stop.signal }).then(teller.end, failed);
    return true;
  }

  override close(): never {
    return Promise.resolve(this.#backend.close?.()) as never;
  }
}

/** A handler of each shape that keeps the body. */
const keeping = {
  new: (chunks: string[]): object => ({
    onRequestStart() {},
    onResponseStart() {},
    onResponseData: (_: unknown, chunk: Buffer) => void chunks.push(`${chunk}`),
    onResponseEnd() {},
    onResponseError() {},
  }),
  old: (chunks: string[]): object => ({
    onConnect() {},
    onHeaders: () => true,
    onData: (chunk: Buffer) => chunks.push(`${chunk}`) > 0,
    onComplete() {},
    onError() {},
  }),
};

function endpointOver(backend: Service<number, string>, shape: keyof typeof told): Service<number, string> {
  let endpoint!: DispatchEndpoint;
  let request!: DispatchRequest;
  const dispatcher = balancedDispatcher(["http://10.0.0.1"], {
    factory: () => new Client(backend, shape),
    // Chooses nothing: it only shows what a balancer is given.
    balance: (endpoints) => {
      void (async () => {
        for await (const [change] of endpoints) if (change?.type === "insert") endpoint = change.service;
      })();
      return {
        ready: () => true,
        call(one) {
          request = one;
          return new Promise(() => {});
        },
      };
    },
  });
  return {
    ready: () => endpoint.ready(),
    async call(number, options) {
      const chunks: string[] = [];
      const handler = keeping[shape](chunks) as Dispatcher.DispatchHandler;
      dispatcher.dispatch({ path: `/${number}`, method: "GET" }, handler);
      await endpoint.call(request, options);
      return chunks.join("");
    },
    // What waits below was begun here.
    close: async () => void (await Promise.all([endpoint.close?.(), backend.close?.()])),
  };
}

describe.each(["old", "new"] as const)("for handlers of the %s shape", (shape) => {
  const cases = serviceContract((backend) => endpointOver(backend, shape), { showsRoom: false, fails: false });
  test.each(cases)("$name", ({ run }) => run());
});
