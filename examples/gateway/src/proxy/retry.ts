// Which failures may be tried again elsewhere without the upstream having done anything twice.

import type { ProxyRequest } from "./message.ts";

/** RFC 9110, section 9.2.2: the same request twice has the effect of one. */
const idempotent = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const noConnection = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const brokenConnection = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Whether no connection came about, so that nothing can have been sent. */
export function neverConnected(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && noConnection.has(code);
}

/** True when nothing was sent, or when sending it twice does no harm; never once the body has been touched. */
export function mayRetry(request: ProxyRequest, error: unknown): boolean {
  if (request.body?.begun) return false;
  if (neverConnected(error)) return true;
  const { code } = (error ?? {}) as { code?: unknown };
  return (
    typeof code === "string" && brokenConnection.has(code) && request.body === null && idempotent.has(request.method)
  );
}
