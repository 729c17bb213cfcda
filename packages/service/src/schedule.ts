// The default timer, which keeps no process alive.

/** Runs `fn` once, `ms` from now; what it returns cancels, and does nothing once `fn` has run. */
export type Schedule = (ms: number, fn: () => void) => () => void;

/** Where timers are numbers and have no `unref()`. */
interface Runtime {
  readonly Deno?: { unrefTimer?(timer: unknown): void };
}

/** What a timer can wait at most, in ms (24.8 days); one that is asked for more would fire at once. */
const longestMs = 2 ** 31 - 1;

/**
 * `setTimeout` that keeps no process alive where the platform can tell (Node, Bun, Deno): the default of every `schedule`
 * option. What is due at Infinity never is; what is due in more than 24.8 days is due then.
 */
export function schedule(ms: number, fn: () => void): () => void {
  if (ms === Infinity) return () => {};
  const timer = setTimeout(fn, Math.min(ms, longestMs)) as unknown as number & { unref?(): void };
  if (timer.unref) timer.unref();
  else (globalThis as Runtime).Deno?.unrefTimer?.(timer);
  return () => clearTimeout(timer);
}
