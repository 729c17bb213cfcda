// Which headers cross the gateway: all but those that concern one connection only, and with what it says of itself.

import type { RawHeaders } from "./message.ts";

/** RFC 9110, section 7.6.1, with the two of a proxy's own authentication and `Trailer`, which is written anew. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The pairs of `headers` as [name in lower case, name, value]. */
function* pairs(headers: RawHeaders): Iterable<readonly [key: string, name: string, value: string]> {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string;
    yield [name.toLowerCase(), name, headers[index + 1] as string];
  }
}

/** All values of a header, in the order in which they were sent. `name` in lower case. */
export function valuesOf(headers: RawHeaders, name: string): string[] {
  return Array.from(pairs(headers))
    .filter(([key]) => key === name)
    .map(([, , value]) => value);
}

/** What may pass: no hop-by-hop header, nothing that `Connection` names, and none of `without` (in lower case). */
export function endToEnd(headers: RawHeaders, without: readonly string[] = []): string[] {
  const named = valuesOf(headers, "connection").flatMap((value) =>
    value.split(",").map((name) => name.trim().toLowerCase()),
  );
  // What frames the message cannot be named away.
  const stays = new Set([...named.filter((name) => name !== "content-length"), ...without]);
  const passed: string[] = [];
  for (const [key, name, value] of pairs(headers)) {
    if (!hopByHop.has(key) && !stays.has(key)) passed.push(name, value);
  }
  return passed;
}

export interface Arrival {
  /** Address of the client's end of the connection. */
  readonly address: string;
  readonly protocol: "http" | "https";
  /** "1.1" or "1.0". */
  readonly httpVersion: string;
}

/** The headers of a request as the upstream gets them. `host` is the upstream's. */
export function forwarded(headers: RawHeaders, host: string, { address, protocol, httpVersion }: Arrival): string[] {
  const own = ["host", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "expect"];
  const passed = ["Host", host, ...endToEnd(headers, own)];
  const [asked] = valuesOf(headers, "host");
  const announced = valuesOf(headers, "trailer");
  if (announced.length > 0) passed.push("Trailer", announced.join(", "));
  // The chain of clients grows; the last entry is the only one that this gateway has seen itself. What the client says
  // of protocol and host is replaced by what was seen.
  passed.push("X-Forwarded-For", [...valuesOf(headers, "x-forwarded-for"), address].join(", "));
  passed.push("X-Forwarded-Proto", protocol);
  if (asked) passed.push("X-Forwarded-Host", asked);
  passed.push("Via", via(headers, httpVersion));
  return passed;
}

/** The value of `Via` with this gateway at its end. */
export function via(headers: RawHeaders, httpVersion: string): string {
  return [...valuesOf(headers, "via"), `${httpVersion} bal`].join(", ");
}
