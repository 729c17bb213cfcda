// The failure of one endpoint.

import { BalError, type BalErrorOptions } from "./bal-error.ts";

/** An endpoint failed for good, or could not be closed. The cause is what it failed with. */
export class EndpointError extends BalError {
  declare readonly code: "BAL_ENDPOINT";

  constructor(message: string, options?: BalErrorOptions) {
    super("BAL_ENDPOINT", message, options);
  }
}
