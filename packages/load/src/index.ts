// Measures of how busy an endpoint is, as layers over a service.

export { type Complete, type Completion, type End, onResponse } from "./completion.ts";
export { constant } from "./constant.ts";
export { type ExpectedDelayOptions, expectedDelay } from "./expected-delay.ts";
export { type HttpResponse, httpFailure } from "./http-failure.ts";
export { onBody } from "./on-body.ts";
export { type PeakEwmaOptions, peakEwma } from "./peak-ewma.ts";
export { type PendingRequestsOptions, pendingRequests } from "./pending-requests.ts";
export type { Failed, Outcome } from "./verdict.ts";
export { weighted } from "./weighted.ts";
