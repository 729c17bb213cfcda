// Sends by Node's own client what undici cannot say: a body that may end in trailers, "Expect: 100-continue", an upgrade.

import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as TlsAgent } from "node:https";
import type { ProxyRequest, ProxyResponse } from "../proxy/message.ts";

export interface SenderLimits {
  readonly concurrency: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly headerBytes: number;
  /** What `Host` says; the origin's own unless given. */
  readonly host?: string;
}

export interface NodeSender {
  send(request: ProxyRequest, signal: AbortSignal | undefined): Promise<ProxyResponse>;
  close(): void;
}

/** A server that ignores the expectation gets the body after this while (RFC 9110, section 10.1.1). */
const continueMs = 1_000;

export function nodeSender(origin: URL, limits: SenderLimits): NodeSender {
  const secure = origin.protocol === "https:";
  const options = { keepAlive: true, maxSockets: limits.concurrency };
  const agent = secure ? new TlsAgent(options) : new Agent(options);

  const open = (request: ProxyRequest, signal: AbortSignal | undefined): ClientRequest => {
    const headers = [...request.headersFor(limits.host ?? origin.host)];
    if (request.body?.chunked) headers.push("Transfer-Encoding", "chunked");
    if (request.upgrade !== undefined) headers.push("Connection", "Upgrade", "Upgrade", request.upgrade);
    if (request.expectsContinue) headers.push("Expect", "100-continue");
    const { method, path } = request;
    const common = { agent, method, path, headers, maxHeaderSize: limits.headerBytes, ...(signal && { signal }) };
    const { hostname, port } = origin;
    const host = hostname.replace(/^\[|\]$/g, "");
    return secure
      ? httpsRequest({ ...common, host, port: port || 443 })
      : httpRequest({ ...common, host, port: port || 80 });
  };

  return {
    send: (request, signal) =>
      new Promise((resolve, reject) => {
        const outgoing = open(request, signal);
        let timer: NodeJS.Timeout | undefined;
        const awaitAnswer = (): void => {
          timer ??= setTimeout(() => outgoing.destroy(new TooLate()), limits.firstByteMs);
        };
        outgoing.on("information", ({ statusCode, rawHeaders }) => request.onInformation?.(statusCode, rawHeaders));
        outgoing.on("error", (error) => {
          clearTimeout(timer);
          reject(signal?.aborted ? signal.reason : error);
        });
        outgoing.once("response", (response) => {
          clearTimeout(timer);
          timer = undefined;
          response.setTimeout(limits.idleMs, () => response.destroy(new Error("the answer came to a halt")));
          // A connection whose request is not over cannot be used again.
          response.once("close", () => outgoing.writableFinished || outgoing.destroy());
          resolve(answerOf(response));
        });
        outgoing.once("upgrade", (response, socket, head) => {
          clearTimeout(timer);
          socket.setTimeout(0); // what follows may be silent for as long as it likes
          resolve({ ...answerOf(response), body: socket, upgraded: { socket, head } });
        });
        const sendBody = (): void => void pump(request, outgoing).then(awaitAnswer, (error) => outgoing.destroy(error));
        if (request.expectsContinue) whenToldTo(outgoing, request, sendBody);
        else whenConnected(outgoing, secure, sendBody);
      }),
    close: () => agent.destroy(),
  };
}

/** By the code that undici has for it. */
class TooLate extends Error {
  readonly code = "UND_ERR_HEADERS_TIMEOUT";
}

/** Not before: a body that nobody has read may still go to another upstream. */
function whenConnected(outgoing: ClientRequest, secure: boolean, go: () => void): void {
  outgoing.once("socket", (socket) => {
    if (socket.connecting) socket.once(secure ? "secureConnect" : "connect", go);
    else go();
  });
}

/** Sends the body when the upstream asks for it, and never when it answers without having asked. */
function whenToldTo(outgoing: ClientRequest, request: ProxyRequest, sendBody: () => void): void {
  const timer = setTimeout(sendBody, continueMs);
  outgoing.once("continue", () => {
    clearTimeout(timer);
    request.onContinue?.();
    sendBody();
  });
  outgoing.once("response", () => clearTimeout(timer));
  outgoing.once("close", () => clearTimeout(timer));
  outgoing.flushHeaders();
}

/** The body, as fast as the upstream takes it, then its trailers. */
async function pump({ body }: ProxyRequest, outgoing: ClientRequest): Promise<void> {
  if (body !== null) {
    for await (const chunk of body) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(chunk)) await drained(outgoing);
    }
    const trailers = body.trailers();
    const pairs = Array.from({ length: trailers.length / 2 }, (_, index) => trailers.slice(2 * index, 2 * index + 2));
    if (body.chunked && pairs.length > 0) outgoing.addTrailers(pairs as [string, string][]);
  }
  outgoing.end();
}

function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      outgoing.off("drain", go);
      outgoing.off("close", go);
      resolve();
    };
    outgoing.on("drain", go);
    outgoing.on("close", go);
  });
}

function answerOf(response: IncomingMessage): ProxyResponse {
  return {
    status: response.statusCode ?? 502,
    statusText: response.statusMessage ?? "",
    headers: response.rawHeaders,
    body: response,
    get trailers() {
      return response.trailers as Record<string, string>;
    },
  };
}
