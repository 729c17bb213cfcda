// What an endpoint sends through: a dispatcher of its own, or what an interceptor is given.

import type { Dispatcher } from "undici";
import type { Handler } from "./handler.ts";

export interface Client {
  /** `false`: nothing more until `drained`. A throw means that nothing was begun. */
  dispatch(opts: Dispatcher.DispatchOptions, handler: Handler): boolean;
  /** Whether it takes handlers of the old shape as they are. */
  readonly takesOld: boolean;
  /** Connections that it has. */
  readonly connections: number;
  readonly stats: ClientStats;
  close(): Promise<void>;
  destroy(error: Error): Promise<void>;
}

/** What undici's clients and pools say of themselves, as far as they do. */
export interface ClientStats {
  readonly connected: number;
  readonly free: number;
  readonly pending: number;
  readonly queued: number;
  readonly running: number;
  readonly size: number;
}

export const noStats: ClientStats = { connected: 0, free: 0, pending: 0, queued: 0, running: 0, size: 0 };

/** A dispatcher that serves one endpoint. */
export class OwnClient implements Client {
  connections = 0;
  readonly #dispatcher: Dispatcher;
  #takesOld: boolean | undefined;
  #destroyed = false;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    dispatcher.on("connect", () => {
      this.connections += 1;
    });
    dispatcher.on("disconnect", () => {
      this.connections -= 1;
    });
  }

  get takesOld(): boolean {
    this.#takesOld ??= takesOld(this.#dispatcher);
    return this.#takesOld;
  }

  get stats(): ClientStats {
    const { stats } = this.#dispatcher as { stats?: Partial<ClientStats> };
    return { ...noStats, ...stats, connected: Number(stats?.connected ?? 0) };
  }

  dispatch(opts: Dispatcher.DispatchOptions, handler: Handler): boolean {
    return this.#dispatcher.dispatch(opts, handler as Dispatcher.DispatchHandler);
  }

  async close(): Promise<void> {
    if (!this.#destroyed) await this.#dispatcher.close();
  }

  async destroy(error: Error): Promise<void> {
    this.#destroyed = true;
    await this.#dispatcher.destroy(error);
  }
}

/** The rest of a chain of interceptors, which all endpoints share and which someone else closes. */
export function sharedClient(dispatch: Dispatcher["dispatch"]): Client {
  return {
    dispatch(opts, handler) {
      dispatch(opts, handler as Dispatcher.DispatchHandler);
      // Whose backpressure that would be is not known here, nor is its end heard.
      return true;
    },
    takesOld: false,
    connections: 0,
    stats: noStats,
    close: async () => {},
    destroy: async () => {},
  };
}

/**
 * Asks with a request that cannot be: undici up to 7 tells an old handler of it, undici 8 knows no such handler and
 * throws.
 */
function takesOld(dispatcher: Dispatcher): boolean {
  let told = false;
  const onError = (): void => {
    told = true;
  };
  try {
    dispatcher.dispatch(null as unknown as Dispatcher.DispatchOptions, { onError });
  } catch {}
  return told;
}
