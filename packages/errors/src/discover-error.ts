// The failure of a source of endpoints.

import { BalError, type BalErrorOptions } from "./bal-error.ts";

/** The source of endpoints failed, and no endpoint is left. The cause is what it failed with. */
export class DiscoverError extends BalError {
  declare readonly code: "BAL_DISCOVER";

  constructor(message: string, options?: BalErrorOptions) {
    super("BAL_DISCOVER", message, options);
  }
}
