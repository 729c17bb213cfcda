// Upgrades, such as WebSocket: the request goes the way of all, and once it is answered with 101 both ends are joined.

import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { GatewayError } from "./failure.ts";
import { endToEnd, valuesOf, via } from "./headers.ts";
import type { ProxyResponse } from "./message.ts";

/** What the client's end has, once Node has read the header. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client has sent behind the header. */
  readonly head: Buffer;
}

/** An answer for a connection that Node has let go of. The connection ends with it, unless it was switched over. */
export function answerOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as never);
  response.once("finish", () => {
    if (response.statusCode !== 101) socket.end();
  });
  socket.on("error", () => {}); // the close that follows is heard
  return response;
}

/** The protocols that a request asks for; undefined where it asks for none that may be passed on (RFC 9110, section 7.8). */
export function protocolsOf({ rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  // Its bytes and the new protocol's could not be told apart.
  const bodied = valuesOf(rawHeaders, "transfer-encoding").length > 0;
  if (bodied || valuesOf(rawHeaders, "content-length").some((length) => length !== "0")) {
    throw new GatewayError({ status: 501, error: "not_implemented", message: "an upgrade that comes with a body" });
  }
  if (httpVersion === "1.0") return undefined;
  return valuesOf(rawHeaders, "upgrade").join(", ");
}

/** Answers with 101, and hands on what either end says until one of them has gone. */
export function switchOver(answer: ProxyResponse, response: ServerResponse, { socket, head }: Upgrade): void {
  const { socket: other, head: otherHead } = answer.upgraded as Upgrade;
  const protocol = valuesOf(answer.headers, "upgrade").join(", ");
  const passed = [...endToEnd(answer.headers, ["via"]), "Via", via(answer.headers, "1.1")];
  response.writeHead(101, answer.statusText, ["Connection", "Upgrade", "Upgrade", protocol, ...passed]);
  response.end();
  if (otherHead.length > 0) socket.write(otherHead);
  if (head.length > 0) other.write(head);
  join(socket, other);
  join(other, socket);
}

function join(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.on("error", () => {});
  from.once("close", () => to.destroy());
  if (from.destroyed) to.destroy();
}
