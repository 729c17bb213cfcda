// A fetch that balances over several origins.

export { type BalancedFetch, type BalancedFetchOptions, balancedFetch } from "./balanced-fetch.ts";
export type { OriginState } from "./fleet.ts";
export type { OriginRequest } from "./origin-request.ts";
export type { Completion, OriginEndpoint } from "./origin-service.ts";
export type { RetryOptions } from "./retry.ts";
