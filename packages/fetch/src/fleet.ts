// The origins as a discover of endpoints, and who of them is there.

import { checkMethods, InvalidOptionError } from "@bal/errors";
import { type Change, type Discover, type Layer, pipe } from "@bal/service";
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

  /**
   * The origins as endpoints; those that a reader was given are closed by the reader. An origin inserted again under its
   * key is the same endpoint. A wrong one fails the discover, once what came before it has been handed over.
   */
  discover(
    origins: readonly unknown[] | Discover<unknown, unknown>,
    load: Layer<OriginEndpoint>,
  ): Discover<unknown, OriginEndpoint> {
    const source = Array.isArray(origins) ? once(origins) : (origins as Discover<unknown, unknown>);
    return pipe([source], () => {
      const known = new Map<unknown, { readonly origin: string; readonly insert: Change<unknown, OriginEndpoint> }>();
      return (one) => {
        const { key } = one;
        if (one.type === "remove") {
          known.delete(key);
          return one;
        }
        const origin = parseOrigin("an origin of discover", one.service);
        const before = known.get(key);
        if (before?.origin === origin) return before.insert;
        const service = new OriginService(origin, this.#options);
        const insert = { ...one, service: load(service) };
        this.#origins.add(service);
        known.set(key, { origin, insert });
        return insert;
      };
    });
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
