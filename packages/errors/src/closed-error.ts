// The failure of a call to something that has been closed.

import { BalError, type BalErrorOptions } from "./bal-error.ts";

/** The service was closed: it takes no further calls, and those that waited in its queue are over. */
export class ClosedError extends BalError {
  declare readonly code: "BAL_CLOSED";

  constructor(message: string, options?: BalErrorOptions) {
    super("BAL_CLOSED", message, options);
  }
}
