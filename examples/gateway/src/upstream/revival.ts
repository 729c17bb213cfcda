// Finds out when an upstream that died lives again: tries to connect, with ever longer pauses.

import { connect } from "node:net";

export interface RevivalOptions {
  /** The first pause; every next one is twice as long. */
  readonly firstMs: number;
  /** No pause is longer: how late a revival may be noticed. */
  readonly longestMs: number;
  /** A connection that takes longer than this counts as none. */
  readonly connectMs: number;
  readonly random: () => number;
}

/** Resolves once a TCP connection to `url` comes about; rejects with the signal's reason when it is aborted. */
export async function revival(url: URL, options: RevivalOptions, signal: AbortSignal): Promise<void> {
  for (let pause = options.firstMs; ; pause = Math.min(pause * 2, options.longestMs)) {
    // Half of it is drawn, so that many gateways do not knock at the same instant.
    await wait(pause * (0.5 + options.random() / 2), signal);
    if (await accepts(url, options.connectMs)) return;
  }
}

/** Whether something accepts TCP connections there. */
export function accepts(url: URL, connectMs: number): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port, timeout: connectMs });
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      resolve(answer);
      socket.destroy();
    };
    socket.once("connect", () => settle(true));
    // A process that got no turn for long finds its timers due before its news: let the news come first.
    socket.once("timeout", () => setImmediate(() => settle(false)));
    socket.once("error", () => settle(false));
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
