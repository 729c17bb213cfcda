// What a test of a service, a load, a discover or a picker needs; with any test runner, or none.

export { type MockCall, type MockHandle, type MockOptions, mockService } from "./mock-service.ts";
export { seededRandom } from "./seeded-random.ts";
export { settle } from "./settle.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";
