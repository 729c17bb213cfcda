// An undici dispatcher that balances over several origins, and the same as an interceptor.

export type { DispatchRequest, DispatchResult } from "./attempt.ts";
export { type Balanced, type BalancedOptions, balanced } from "./balanced.ts";
export { type BalancedDispatcher, type BalancedDispatcherOptions, balancedDispatcher } from "./balanced-dispatcher.ts";
export type { ClientStats } from "./client.ts";
export type { DispatchEndpoint, EndpointState } from "./endpoint.ts";
export type { Targets } from "./endpoints-of.ts";
export type { GroupOptions } from "./group-options.ts";
export type { TargetsOf } from "./groups.ts";
export type { Target } from "./target.ts";
