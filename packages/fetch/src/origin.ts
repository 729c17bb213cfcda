// What an origin may look like: scheme, host, port, and a base path where there is one.

import { InvalidOptionError } from "@bal/errors";

/**
 * The origin as the beginning of a URL, without a slash at its end: "http://10.0.0.1:8080/base".
 *
 * @throws InvalidOptionError
 */
export function parseOrigin(option: string, value: unknown): string {
  let url: URL | undefined;
  try {
    url = new URL(String(value));
  } catch {}
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    const expected = "an origin like http://10.0.0.1:8080, with a base path or without";
    throw new InvalidOptionError(option, { expected, came: value });
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
