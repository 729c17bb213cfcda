// Passes one HTTP request on through a balance, and its answer back: bodies stream, nothing is kept.

import type { IncomingMessage, ServerResponse } from "node:http";
import { copy } from "./copy.ts";
import { answerFailure, failureOf, GatewayError } from "./failure.ts";
import { refuse } from "./framing.ts";
import { endToEnd, forwarded, valuesOf, via } from "./headers.ts";
import type { ProxyRequest, ProxyResponse } from "./message.ts";
import { bodyOf, dropRest } from "./request-body.ts";
import { pathOf } from "./target.ts";
import { protocolsOf, switchOver, type Upgrade } from "./upgrade.ts";

/** How a request gets its answer. Whoever waits too long is aborted with the failure as the reason. */
export type Send = (request: ProxyRequest, abort: AbortController) => Promise<ProxyResponse>;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The client waits for "100 Continue" before it sends the body. */
  readonly expectsContinue?: boolean;
  /** The client asks for another protocol. */
  readonly upgrade?: Upgrade;
}

/** Connections on which a request was refused: nothing that follows on them can be trusted to be one. */
const untrusted = new WeakSet<object>();

/** Never rejects. A client that goes away aborts its request upstream. */
export async function proxy(exchange: Exchange, send: Send): Promise<void> {
  const { request, response } = exchange;
  if (untrusted.has(request.socket)) return;
  const abort = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) abort.abort(new Error("the client has gone"));
  });
  try {
    const answer = await send(outgoing(exchange), abort);
    if (answer.upgraded !== undefined && exchange.upgrade !== undefined) {
      switchOver(answer, response, exchange.upgrade);
      return;
    }
    await passBack(answer, exchange);
  } catch (error) {
    if (!response.destroyed) answerFailure(response, failureOf(error));
  }
  if (exchange.upgrade === undefined) dropRest(request);
}

function outgoing({ request, response, expectsContinue = false, upgrade }: Exchange): ProxyRequest {
  const { rawHeaders, httpVersion } = request;
  const refusal = refuse(rawHeaders, httpVersion);
  if (refusal !== undefined) {
    untrusted.add(request.socket);
    response.shouldKeepAlive = false;
    throw new GatewayError({ status: refusal.status, error: "bad_request", message: refusal.message });
  }
  const path = pathOf(request.url ?? "");
  if (path === undefined) {
    throw new GatewayError({ status: 501, error: "bad_target", message: `cannot pass on ${request.url}` });
  }
  const address = request.socket.remoteAddress ?? "unknown";
  return {
    method: request.method ?? "GET",
    path,
    headersFor: (host) => forwarded(rawHeaders, host, { address, protocol: "http", httpVersion }),
    body: bodyOf(request),
    expectsContinue,
    upgrade: upgrade && protocolsOf(request),
    onContinue: () => response.writeContinue(),
    onInformation: (status, headers) => {
      const links = valuesOf(headers, "link");
      if (status === 103 && links.length > 0 && httpVersion === "1.1") response.writeEarlyHints({ link: links });
    },
  };
}

async function passBack(answer: ProxyResponse, { request, response }: Exchange): Promise<void> {
  const headers = [...endToEnd(answer.headers, ["via"]), "Via", via(answer.headers, "1.1")];
  const announced = valuesOf(answer.headers, "trailer");
  if (announced.length > 0 && mayHaveTrailers(answer, request)) headers.push("Trailer", announced.join(", "));
  response.writeHead(answer.status, answer.statusText, headers);
  await copy(answer.body, response);
  // An answer of known length, or one for HTTP/1.0, has no place for trailers: they are dropped.
  if (Object.keys(answer.trailers).length > 0) response.addTrailers(answer.trailers as Record<string, string>);
  response.end();
}

/** Only a chunked body has a place for them. */
function mayHaveTrailers(answer: ProxyResponse, request: IncomingMessage): boolean {
  const bare = request.method === "HEAD" || answer.status === 204 || answer.status === 304;
  return !bare && request.httpVersion === "1.1" && valuesOf(answer.headers, "content-length").length === 0;
}
