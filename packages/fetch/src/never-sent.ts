// Whether a request that failed cannot have reached a server.

/** From the resolver, the socket and the connector of Node, undici and Bun, all before the first byte is sent. */
const codes: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

interface Failure {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * Node's fetch tells by the code of its error's cause, where several addresses were tried by that of each; Bun by its
 * error's own code; Deno in words. Browsers do not tell.
 */
export function neverSent(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, message, cause, errors } = error as Failure;
  if (Array.isArray(errors) && errors.length > 0) return errors.every(neverSent);
  if (codes.has(code)) return true;
  if (typeof message === "string" && message.includes("client error (Connect)")) return true;
  return cause !== undefined && cause !== error && neverSent(cause);
}
