// The contract of a make: a service whose response is a service.

import type { Service } from "./service.ts";

/**
 * A connector: makes a service for a target. Its signal ends the making; what was made when an abort came too late is
 * closed by whoever asked for it.
 */
export type Make<Target, S> = Service<Target, S>;
