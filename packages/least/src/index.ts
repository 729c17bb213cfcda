// The picker that takes the least loaded of all ready endpoints.

export { type LeastOptions, least } from "./least.ts";
