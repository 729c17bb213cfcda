// How observers hear of things, so that nothing they do can harm who tells.

/** What a hook of an observer takes. */
type HookArgs<O extends object, H extends keyof O> = Required<O>[H] extends (...args: infer Args) => void
  ? Args
  : never;

/**
 * Calls one hook of an observer, if there is such a hook. What it throws changes nothing here: it is thrown again on its
 * own, as an uncaught error.
 */
export function tell<O extends object, H extends keyof O>(
  observer: O | undefined,
  hook: H,
  ...args: HookArgs<O, H>
): void {
  try {
    (observer as Partial<Record<H, (...args: unknown[]) => void>> | undefined)?.[hook]?.(...args);
  } catch (error) {
    uncaught(error);
  }
}

/** Throws an error where it harms nobody: on its own, as an uncaught one. */
export function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
