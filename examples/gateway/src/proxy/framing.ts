// Refuses requests whose end two readers could see in different places, the door to request smuggling.

import { valuesOf } from "./headers.ts";
import type { RawHeaders } from "./message.ts";

export interface Refusal {
  readonly status: 400 | 501;
  readonly message: string;
}

/**
 * Why the request must not be passed on, or undefined. Node's parser refuses most of this before; the rest, and all of
 * it should a parser ever be lenient, is refused here (RFC 9112, sections 6.1 to 6.3, and 3.2 for `Host`).
 */
export function refuse(headers: RawHeaders, httpVersion: string): Refusal | undefined {
  const lengths = valuesOf(headers, "content-length");
  const codings = valuesOf(headers, "transfer-encoding");
  if (lengths.length > 0 && codings.length > 0) return bad("both Content-Length and Transfer-Encoding");
  if (lengths.length > 1) return bad("more than one Content-Length");
  if (lengths.some((length) => !/^\d+$/.test(length))) return bad("a Content-Length that is no number");
  if (codings.length > 1) return bad("more than one Transfer-Encoding");
  if (codings.length > 0 && httpVersion === "1.0") return bad("Transfer-Encoding in HTTP/1.0");
  const steps = codings.flatMap((coding) => coding.split(",").map((step) => step.trim().toLowerCase()));
  if (codings.length > 0 && steps.at(-1) !== "chunked") return bad("a Transfer-Encoding that does not end in chunked");
  if (steps.length > 1) return { status: 501, message: "a Transfer-Encoding other than chunked alone" };
  if (valuesOf(headers, "host").length > 1) return bad("more than one Host");
  return undefined;
}

function bad(message: string): Refusal {
  return { status: 400, message };
}
