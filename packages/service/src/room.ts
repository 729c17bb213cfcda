// A promise that everyone who waits for room shares.

/** Settled from outside, once. */
export interface Room {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** A promise for many to wait on, such as all who asked `ready()` of a service that has no room. */
export function room(): Room {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
