// What travels through the gateway's balance: a request that may be sent again as long as its body is untouched.

import type { Duplex, Readable } from "node:stream";

/** Names and values in turn, as they were sent: order, case and repetition are kept. */
export type RawHeaders = readonly string[];

export interface ProxyRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** The headers for an upstream, whose `Host` is given. */
  headersFor(host: string): RawHeaders;
  /** null: there is none. Its first chunk is asked for once the upstream takes it. */
  readonly body: ProxyBody | null;
  /** The client waits for "100 Continue" before it sends the body. */
  readonly expectsContinue: boolean;
  /** The protocols that the client would rather speak. */
  readonly upgrade?: string | undefined;
  /** The upstream wants the body. */
  onContinue?(): void;
  /** Called when an endpoint was chosen and the request goes there. */
  onSend?: () => void;
  /** An answer before the answer: 103 Early Hints and the like. */
  onInformation?(status: number, headers: RawHeaders): void;
}

export interface ProxyBody extends AsyncIterable<Uint8Array> {
  /** Somebody has begun to read it, so it cannot be sent a second time. */
  readonly begun: boolean;
  /** Its length is not known before its end, where trailers may follow. */
  readonly chunked: boolean;
  /** Once it has been read. */
  trailers(): RawHeaders;
}

export interface ProxyResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: RawHeaders;
  /** Has to be read or destroyed: the request is pending until then. */
  readonly body: Readable;
  /** Complete once the body has ended. */
  readonly trailers: Readonly<Record<string, string | string[]>>;
  /** The upstream's end, after 101; also the body. What it has said already comes first. */
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer };
}
