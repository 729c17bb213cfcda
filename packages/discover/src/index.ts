// Where endpoints come from: lists, sets that change, polling, and what is made out of other discovers.

export { type EndpointSet, type EndpointSetOptions, endpointSet } from "./endpoint-set.ts";
export type { Entries } from "./entries.ts";
export { list } from "./list.ts";
export { mapEndpoints } from "./map-endpoints.ts";
export { merge } from "./merge.ts";
