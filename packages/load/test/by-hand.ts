// Endpoints under one load layer, in a time and with answers that the test decides.

import type { Load, Service } from "@bal/service";
import { mockService, settle } from "@bal/service/testing";

export type Loaded = Service<number, string> & Load;

/** A request in flight. */
export interface Flight {
  answer(): Promise<void>;
  fail(error?: unknown): Promise<void>;
  abort(): Promise<void>;
}

export interface HandledEndpoint {
  readonly load: Loaded;
  begin(): Flight;
  /** A request that takes `ms`, begun now. */
  take(ms: number): Promise<void>;
}

export class ByHand {
  time: number;
  readonly endpoints: readonly HandledEndpoint[];

  constructor(
    layerOf: (now: () => number) => (inner: Service<number, string>) => Loaded,
    { count = 1, startsAt = 0 }: { readonly count?: number; readonly startsAt?: number } = {},
  ) {
    this.time = startsAt;
    const layer = layerOf(() => this.time);
    this.endpoints = Array.from({ length: count }, () => this.#endpoint(layer));
  }

  get loads(): number[] {
    return this.endpoints.map(({ load }) => load.load());
  }

  #endpoint(layer: (inner: Service<number, string>) => Loaded): HandledEndpoint {
    const { service, handle } = mockService<number, string>();
    const load = layer(service);
    const begin = (): Flight => {
      const controller = new AbortController();
      load.call(0, { signal: controller.signal }).catch(() => {});
      const call = handle.calls.at(-1);
      return {
        async answer() {
          call?.respond("answered");
          await settle();
        },
        async fail(error: unknown = new Error("failed")) {
          call?.reject(error);
          await settle();
        },
        async abort() {
          controller.abort();
          await settle();
        },
      };
    };
    const take = async (ms: number): Promise<void> => {
      const flight = begin();
      this.time += ms;
      await flight.answer();
    };
    return { load, begin, take };
  }
}
