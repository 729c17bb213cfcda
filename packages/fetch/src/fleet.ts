// The origins as a discover of endpoints, and who of them is there.

import { checkMethods, InvalidOptionError } from "@bal/errors";
import type { Change, Discover, Layer } from "@bal/service";
import { parseOrigin } from "./origin.ts";
import { type OriginEndpoint, type OriginOptions, OriginService } from "./origin-service.ts";

/** An origin of the moment. */
export interface OriginState {
  /** With the base path where there is one. */
  readonly origin: string;
  /** Requests that it is sent and that are not yet over. */
  readonly running: number;
  /** Whether it takes one more. */
  readonly ready: boolean;
}

export class Fleet {
  readonly #options: OriginOptions;
  readonly #origins = new Set<OriginService>();

  constructor(options: Omit<OriginOptions, "avoided" | "closed">) {
    this.#options = { ...options, avoided: undefined, closed: (origin) => this.#origins.delete(origin) };
  }

  states(): OriginState[] {
    return Array.from(this.#origins, ({ origin, running, hasRoom }) => ({ origin, running, ready: hasRoom }));
  }

  others(tried: ReadonlySet<object>): OriginService[] {
    return Array.from(this.#origins).filter((origin) => !tried.has(origin));
  }

  /** Calls `place`, which reaches none of `avoided` as long as it chooses in the same run. */
  avoiding<T>(avoided: ReadonlySet<object>, place: () => T): T {
    this.#options.avoided = avoided;
    try {
      return place();
    } finally {
      this.#options.avoided = undefined;
    }
  }

  /** The origins as endpoints; those that a reader was given are closed by the reader. */
  discover(
    origins: readonly unknown[] | Discover<unknown, unknown>,
    load: Layer<OriginEndpoint>,
  ): Discover<unknown, OriginEndpoint> {
    const make = (origin: string): OriginEndpoint => {
      const service = new OriginService(origin, this.#options);
      this.#origins.add(service);
      return load(service);
    };
    const source = Array.isArray(origins) ? once(origins) : (origins as Discover<unknown, unknown>);
    const change = (one: Change<unknown, unknown>): Change<unknown, OriginEndpoint> =>
      one.type === "insert" ? { ...one, service: make(parseOrigin("an origin of discover", one.service)) } : one;
    return { [Symbol.asyncIterator]: () => mapped(source[Symbol.asyncIterator](), (batch) => batch.map(change)) };
  }
}

/** Throws what is wrong with `origins` before anything has begun. */
export function checkOrigins(origins: unknown): void {
  if (!Array.isArray(origins)) {
    checkMethods("origins", origins, [Symbol.asyncIterator]);
  } else if (origins.length === 0) {
    throw new InvalidOptionError("origins", { expected: "one origin or more", came: origins });
  } else {
    origins.forEach((origin, index) => {
      parseOrigin(`origins[${index}]`, origin);
    });
  }
}

/** One batch, and then the end; the same origin twice is one endpoint. */
function once(origins: readonly unknown[]): Discover<unknown, unknown> {
  const keys = new Set(origins.map((origin) => parseOrigin("an origin", origin)));
  const batch = Array.from(keys, (key): Change<unknown, unknown> => ({ type: "insert", key, service: key }));
  return {
    async *[Symbol.asyncIterator]() {
      yield batch;
    },
  };
}

/** An iterator that can be left while it waits. */
function mapped<T, U>(inner: AsyncIterator<T>, map: (value: T) => U): AsyncIterator<U, undefined> {
  return {
    async next() {
      const step = await inner.next();
      return step.done ? { done: true, value: undefined } : { done: false, value: map(step.value) };
    },
    async return() {
      await inner.return?.();
      return { done: true, value: undefined };
    },
  };
}
