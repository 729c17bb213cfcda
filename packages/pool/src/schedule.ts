// The platform's timer in the shape that a pool takes: a value that a test can replace.

/** Runs `fn` once, `ms` from now; what it returns cancels. */
export type Schedule = (ms: number, fn: () => void) => () => void;

interface Runtime {
  readonly Deno?: { unrefTimer(id: unknown): void };
}

/** What a timer can wait at most; one that is asked for more would fire at once. */
const longestMs = 2 ** 31 - 1;

/** `setTimeout`, which here keeps no process alive. What is due at Infinity never is. */
export const schedule: Schedule = (ms, fn) => {
  if (ms === Infinity) return () => {};
  const timer: unknown = setTimeout(fn, Math.min(ms, longestMs));
  if (typeof timer === "number") (globalThis as Runtime).Deno?.unrefTimer(timer);
  else (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer as number);
};
