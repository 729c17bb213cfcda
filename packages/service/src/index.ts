// The contracts that all of bal is written against, and the parts that every user needs.

export { type Answer, answer } from "./answer.ts";
export { askReady } from "./ask-ready.ts";
export { type Batch, batchStep } from "./batch-step.ts";
export { type CallAllOptions, callAll } from "./call-all.ts";
export { checkService } from "./check-service.ts";
export { concurrencyLimit } from "./concurrency-limit.ts";
export type { Change, Discover } from "./discover.ts";
export type { Follower } from "./flight.ts";
export { follow } from "./follow.ts";
export type { Layer } from "./layer.ts";
export type { Load, LoadWatcher } from "./load.ts";
export type { Make } from "./make.ts";
export { holdNow, now, releaseNow } from "./now.ts";
export type { Endpoint, Picker } from "./picker.ts";
export { pipe, type Translate } from "./pipe.ts";
export { type Feed, reader } from "./reader.ts";
export { type Room, room } from "./room.ts";
export { type Schedule, schedule } from "./schedule.ts";
export type { CallOptions, RequestOf, ResponseOf, Service } from "./service.ts";
export { serviceFn } from "./service-fn.ts";
export { stack } from "./stack.ts";
export { startCall } from "./start-call.ts";
export { tell, uncaught } from "./tell.ts";
export { type WaitingCall, type WaitingLine, waitingLine } from "./waiting-line.ts";
