// The failure to make a service.

import { BalError, type BalErrorOptions } from "./bal-error.ts";

/** A service could not be made, in time or at all. The cause is what making it failed with. */
export class MakeError extends BalError {
  declare readonly code: "BAL_MAKE";

  constructor(message: string, options?: BalErrorOptions) {
    super("BAL_MAKE", message, options);
  }
}
