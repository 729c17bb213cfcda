// The root of every failure that bal itself reports, and the test for it that holds across installed copies.

const brand: unique symbol = Symbol.for("bal.error");

/** The stable names of bal's failures; a code never changes its meaning within a major version. */
export type BalErrorCode =
  | "BAL_CLOSED"
  | "BAL_OVERLOADED"
  | "BAL_NO_ENDPOINTS"
  | "BAL_DISCOVER"
  | "BAL_ENDPOINT"
  | "BAL_MAKE"
  | "BAL_INVALID_OPTION";

/** What a failure may carry: the failure behind it. */
export interface BalErrorOptions {
  readonly cause?: unknown;
}

/**
 * A failure of bal's own: of a balance, a pool, a source of endpoints or an option.
 *
 * What an endpoint rejects with passes through untouched and is none of these. Nor is cancellation: an aborted call
 * rejects with `signal.reason`, as `fetch` does.
 */
export class BalError extends Error {
  /** Tells the kind of failure apart in code, also across versions and copies. */
  readonly code: BalErrorCode;

  constructor(code: BalErrorCode, message: string, options?: BalErrorOptions) {
    super(message, options);
    this.code = code;
    // Not the class's own name, which bundlers change: BAL_NO_ENDPOINTS is NoEndpointsError.
    const words = code.slice(3).toLowerCase();
    const value = `${words.replace(/_./g, (start) => start.charAt(1).toUpperCase())}Error`;
    // Not enumerable, so that a printed error shows its message, code and cause alone.
    Object.defineProperties(this, { name: { value, configurable: true, writable: true }, [brand]: { value: true } });
  }
}

/**
 * Whether `value` is a failure of bal's, of the given kind where a code is given.
 *
 * Holds for errors of another installed copy of `@bal/errors` too, where `instanceof` does not.
 *
 * @example
 * ```ts
 * import { ClosedError, isBalError } from "@bal/errors";
 *
 * const error: unknown = new ClosedError("the balance is closed");
 * console.log(isBalError(error)); // → true
 * console.log(isBalError(error, "BAL_OVERLOADED")); // → false
 * console.log(isBalError(new Error("another"))); // → false
 * ```
 */
export function isBalError(value: unknown, code?: BalErrorCode): value is BalError {
  const error = value as Partial<BalError & { [brand]: unknown }> | null | undefined;
  return error?.[brand] === true && (code === undefined || error.code === code);
}
