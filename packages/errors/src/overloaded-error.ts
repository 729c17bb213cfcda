// The failure of a call that found the queue full.

import { BalError, type BalErrorOptions } from "./bal-error.ts";

/** The queue of waiting calls is full. Nothing was sent; the call may be tried again later or elsewhere. */
export class OverloadedError extends BalError {
  declare readonly code: "BAL_OVERLOADED";

  constructor(message: string, options?: BalErrorOptions) {
    super("BAL_OVERLOADED", message, options);
  }
}
