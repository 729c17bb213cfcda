// Where endpoints come from: lists, sets that change, polling, and what is made out of other discovers.

export { endpointSet } from "./endpoint-set.ts";
export type { AnyEntries, Entries, KeyOf, ValueOf } from "./entries.ts";
export { list } from "./list.ts";
export type { EndpointSet } from "./live-set.ts";
export { mapEndpoints } from "./map-endpoints.ts";
export { merge } from "./merge.ts";
export { type Poll, poll } from "./poll.ts";
export type { PollObserver, PollOptions } from "./poll-options.ts";
