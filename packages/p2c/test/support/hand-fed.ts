// A discover that a test feeds by hand, and mock endpoints with a load.

import type { Change, Discover, Load, Service } from "@bal/service";
import { type MockHandle, mockService } from "@bal/service/testing";

export interface HandFed<K, S> {
  readonly discover: Discover<K, S>;
  insert(key: K, service: S): void;
  remove(key: K): void;
  batch(changes: readonly Change<K, S>[]): void;
  end(): void;
  fail(error: unknown): void;
  readonly returned: number;
  /** Services that were read, and so handed over. */
  readonly handedOver: ReadonlySet<S>;
}

export function handFed<K, S>(): HandFed<K, S> {
  type Step = IteratorResult<readonly Change<K, S>[], undefined>;
  const steps: (() => Promise<Step>)[] = [];
  let asked: ((step: Promise<Step>) => void) | undefined;
  let returned = 0;
  const handedOver = new Set<S>();
  const push = (step: () => Promise<Step>): void => {
    if (asked === undefined) steps.push(step);
    else asked(step());
    asked = undefined;
  };
  const batch = (value: readonly Change<K, S>[]): void =>
    push(() => {
      for (const change of value) if (change?.type === "insert") handedOver.add(change.service);
      return Promise.resolve({ done: false, value });
    });
  return {
    discover: {
      [Symbol.asyncIterator]: () => ({
        next: () => steps.shift()?.() ?? new Promise<Step>((resolve) => (asked = resolve)),
        return: async () => {
          returned += 1;
          return { done: true, value: undefined };
        },
      }),
    },
    insert: (key, service) => batch([{ type: "insert", key, service }]),
    remove: (key) => batch([{ type: "remove", key }]),
    batch,
    end: () => push(() => Promise.resolve({ done: true, value: undefined })),
    fail: (error) => push(() => Promise.reject(error)),
    handedOver,
    get returned() {
      return returned;
    },
  };
}

export interface MockEndpoint {
  readonly service: Service<string, string> & Load & { close(): Promise<void> };
  readonly handle: MockHandle<string, string>;
  load: number;
  asked: number;
}

/** An endpoint whose room, answers and load the test decides. */
export function mockEndpoint(options: { readonly allow?: number; readonly load?: number } = {}): MockEndpoint {
  const { service, handle } = mockService<string, string>({ allow: options.allow ?? Infinity });
  const endpoint: MockEndpoint = {
    service: Object.assign(service, {
      load: () => {
        endpoint.asked += 1;
        return endpoint.load;
      },
    }),
    handle,
    load: options.load ?? 1,
    asked: 0,
  };
  return endpoint;
}

/** Answers every request that has started, with `name` before it. */
export function answerAll(endpoint: MockEndpoint, name = ""): void {
  for (const call of endpoint.handle.calls) call.respond(name + call.request);
}
