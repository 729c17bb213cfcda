// The failures that bal reports, and the checks of options behind one of them.

export { BalError, type BalErrorCode, type BalErrorOptions, isBalError } from "./bal-error.ts";
export { checkFunction, checkHooks, checkMethods, checkNumber, checkObject, type NumberRange } from "./check-option.ts";
export { ClosedError } from "./closed-error.ts";
export { DiscoverError } from "./discover-error.ts";
export { EndpointError } from "./endpoint-error.ts";
export { type InvalidOptionDetails, InvalidOptionError } from "./invalid-option-error.ts";
export { MakeError } from "./make-error.ts";
export { NoEndpointsError } from "./no-endpoints-error.ts";
export { OverloadedError } from "./overloaded-error.ts";
