// What a client hears when its request could not be answered: a status, and a JSON body that says why.

import type { ServerResponse } from "node:http";
import { isBalError } from "@bal/errors";

export interface Failure {
  readonly status: number;
  /** For programs; never changes. */
  readonly error: string;
  /** For people. */
  readonly message: string;
  /** Worth another try after so many seconds. */
  readonly retryAfter?: number;
}

/** A failure that the gateway has put into words where it happened. */
export class GatewayError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export function noUpstream(known: number): GatewayError {
  const many = known === 1 ? "the only upstream is down" : `all ${known} upstreams are down`;
  const message = known === 0 ? "no upstream is known" : many;
  return new GatewayError({ status: 503, error: "no_upstream", message, retryAfter: 1 });
}

export function waitedTooLong(ms: number): GatewayError {
  const message = `no upstream had room within ${ms} ms`;
  return new GatewayError({ status: 503, error: "overloaded", message, retryAfter: 1 });
}

/** The failure behind whatever a call through the balance rejected with. */
export function failureOf(error: unknown): Failure {
  if (error instanceof GatewayError) return error.failure;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (isBalError(error, "BAL_OVERLOADED")) {
    return { status: 503, error: "overloaded", message: "too many requests wait already", retryAfter: 1 };
  }
  if (isBalError(error, "BAL_CLOSED")) return { status: 503, error: "closing", message: "the gateway is closing" };
  if (isBalError(error)) return { status: 503, error: "no_upstream", message: error.message, retryAfter: 1 };
  if (code === "UND_ERR_HEADERS_TIMEOUT") {
    return { status: 504, error: "upstream_timeout", message: "the upstream did not begin its answer in time" };
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return { status: 502, error: "upstream_headers", message: "the header of the upstream's answer is too large" };
  }
  const why = typeof code === "string" ? code : String(message ?? error);
  return { status: 502, error: "bad_upstream", message: `the upstream failed: ${why}` };
}

/** Answers with the failure; a response that has begun is cut off instead, so that it cannot pass for a whole one. */
export function answerFailure(response: ServerResponse, failure: Failure): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, error, message, retryAfter } = failure;
  const body = bodyOf(error, message);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    ...(retryAfter === undefined ? {} : { "Retry-After": retryAfter }),
  });
  response.end(body);
}

/** A whole answer for a connection on which no request could be read. */
export function rawAnswer(status: number, error: string, message: string): string {
  const reasons: Readonly<Record<number, string>> = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
  };
  const body = bodyOf(error, message);
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

function bodyOf(error: string, message: string): string {
  return `${JSON.stringify({ error, message })}\n`;
}
