// One upstream as a service: an undici pool that knows whether its server lives, and what it has done so far.

import { ClosedError } from "@bal/errors";
import { type CallOptions, type Room, room, type Service } from "@bal/service";
import { Pool } from "undici";
import { type Percentiles, Recent } from "../measure/recent.ts";
import type { ProxyRequest, ProxyResponse } from "../proxy/message.ts";
import { neverConnected } from "../proxy/retry.ts";
import { accepts, revival } from "./revival.ts";
import { type NodeSender, nodeSender } from "./send-by-node.ts";

export interface UpstreamLimits {
  /** Requests at once on one upstream, each on a connection of its own; with more it is not ready. */
  readonly concurrency: number;
  /** From the end of the request to the header of its answer. */
  readonly firstByteMs: number;
  /** Between two chunks of an answer's body. */
  readonly idleMs: number;
  /** Size of the header of an answer. */
  readonly headerBytes: number;
  readonly connectMs: number;
}

export interface UpstreamOptions extends UpstreamLimits {
  readonly name?: string;
  /** What `Host` says to it; its own host and port unless given. */
  readonly host?: string;
  readonly random?: () => number;
}

export interface UpstreamFigures {
  readonly requests: number;
  readonly errors: number;
  /** Begun and not over: the body of the answer included, and what came of an upgrade. */
  readonly inFlight: number;
  /** To the end of the body, in ms, of the last 10 to 20 s. */
  readonly latency: Percentiles;
}

export interface Upstream extends Service<ProxyRequest, ProxyResponse> {
  readonly url: string;
  readonly name: string;
  /** Whether its server takes connections, as far as is known. */
  readonly up: boolean;
  readonly inFlight: number;
  readonly requests: number;
  figures(): UpstreamFigures;
  /** Counts anew from here on. */
  reset(): void;
  /** Takes nothing new, and ends once what it has is answered. */
  close(): Promise<void>;
}

/**
 * Ready while its server lives and fewer than `concurrency` requests are in flight. A server that cannot be connected to
 * is left alone until a connection comes about again.
 */
export function upstream(url: string, options: UpstreamOptions): Upstream {
  return new UndiciUpstream(url, options);
}

class UndiciUpstream implements Upstream {
  readonly url: string;
  readonly name: string;
  inFlight = 0;
  requests = 0;
  #errors = 0;
  #latency = new Recent();
  readonly #pool: Pool;
  readonly #byNode: NodeSender;
  readonly #origin: URL;
  readonly #options: UpstreamOptions;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;
  /** Resolved when the server lives again. */
  #revival: Room | undefined;
  /** Resolved when a request is over, while as many as may be are in flight. */
  #room: Room | undefined;

  constructor(url: string, options: UpstreamOptions) {
    this.url = url;
    this.name = options.name ?? url;
    this.#origin = new URL(url);
    this.#options = options;
    this.#pool = new Pool(url, {
      connections: options.concurrency,
      pipelining: 1,
      headersTimeout: options.firstByteMs,
      bodyTimeout: options.idleMs,
      maxHeaderSize: options.headerBytes,
      connect: { timeout: options.connectMs },
    });
    this.#byNode = nodeSender(this.#origin, options);
    this.#pool.on("connectionError", () => this.#died());
    this.#pool.on("disconnect", () => void this.#suspect());
  }

  get up(): boolean {
    return this.#revival === undefined;
  }

  ready(): true | Promise<void> {
    if (this.#closed.signal.aborted) return Promise.reject(new ClosedError(`${this.url} is closed`));
    if (this.#revival !== undefined) return this.#revival.promise;
    if (this.inFlight < this.#options.concurrency) return true;
    this.#room ??= room();
    return this.#room.promise;
  }

  // A call beyond the limit waits its turn in the pool.
  async call(request: ProxyRequest, options?: CallOptions): Promise<ProxyResponse> {
    const begin = performance.now();
    this.inFlight += 1;
    this.requests += 1;
    try {
      request.onSend?.();
      const answer = await this.#send(request, options?.signal);
      const { body } = answer;
      body.once("error", () => {}); // the reader hears of it; nobody else must
      const measured = answer.upgraded === undefined;
      body.once("close", () =>
        this.#over(begin, measured && (answer.status >= 500 || body.errored !== null), measured),
      );
      return answer;
    } catch (error) {
      this.#over(begin, !options?.signal?.aborted);
      if (neverConnected(error)) this.#died();
      throw error;
    }
  }

  figures(): UpstreamFigures {
    const { requests, inFlight } = this;
    return { requests, errors: this.#errors, inFlight, latency: this.#latency.percentiles() };
  }

  reset(): void {
    this.requests = 0;
    this.#errors = 0;
    this.#latency = new Recent();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort(new ClosedError(`${this.url} is closed`));
    while (this.inFlight > 0) {
      this.#room ??= room();
      await this.#room.promise;
    }
    this.#byNode.close();
    await this.#pool.close();
  }

  async #send(request: ProxyRequest, signal: AbortSignal | undefined): Promise<ProxyResponse> {
    const { method, path, body, expectsContinue, upgrade } = request;
    if (body?.chunked || expectsContinue || upgrade !== undefined || path === "*")
      return this.#byNode.send(request, signal);
    const { statusCode, statusText, headers, ...rest } = await this.#pool.request({
      method,
      path,
      headers: request.headersFor(this.#options.host ?? this.#origin.host) as string[],
      body: body as never, // undici takes any iterable; its types name only streams
      signal: signal ?? null,
      responseHeaders: "raw",
      onInfo: (info) => request.onInformation?.(info.statusCode, info.headers as unknown as string[]),
    });
    return {
      status: statusCode,
      statusText,
      headers: headers as unknown as string[],
      body: rest.body,
      trailers: rest.trailers,
    };
  }

  #over(begin: number, failed: boolean, measured = true): void {
    this.inFlight -= 1;
    if (failed) this.#errors += 1;
    if (measured) this.#latency.add(performance.now() - begin);
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** The last connection went: because it was idle for long, or because the server died? */
  async #suspect(): Promise<void> {
    if (this.#closed.signal.aborted || !this.up || this.#pool.stats.connected > 0) return;
    if (!(await accepts(this.#origin, this.#options.connectMs))) this.#died();
  }

  #died(): void {
    if (this.#closed.signal.aborted || !this.up) return;
    const lives = room();
    lives.promise.catch(() => {}); // at a close, with nobody waiting
    this.#revival = lives;
    const { connectMs, random = Math.random } = this.#options;
    const pauses = { firstMs: 100, longestMs: 3_000, connectMs, random };
    revival(this.#origin, pauses, this.#closed.signal).then(
      () => {
        this.#revival = undefined;
        lives.resolve();
      },
      (error: unknown) => lives.reject(error),
    );
  }
}
