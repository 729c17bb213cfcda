// The failure of a call when there is no endpoint and none can come.

import { BalError, type BalErrorOptions } from "./bal-error.ts";

/** Discovery is over and no endpoint is left, so no call can ever succeed. The cause is the failure of the last endpoint, where one failed. */
export class NoEndpointsError extends BalError {
  declare readonly code: "BAL_NO_ENDPOINTS";

  constructor(message: string, options?: BalErrorOptions) {
    super("BAL_NO_ENDPOINTS", message, options);
  }
}
