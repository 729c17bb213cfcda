// What a test of a service, a load, a discover or a picker needs; with any test runner, or none.

export type { ContractCase } from "./contract-case.ts";
export { type DiscoverContractOptions, type DiscoverSubject, discoverContract } from "./discover-contract.ts";
export { type LoadContractOptions, type Loaded, loadContract } from "./load-contract.ts";
export { type MockCall, type MockHandle, type MockOptions, mockService } from "./mock-service.ts";
export { type PickedService, pickerContract } from "./picker-contract.ts";
export { seededRandom } from "./seeded-random.ts";
export { type ServiceContractOptions, serviceContract } from "./service-contract.ts";
export { settle } from "./settle.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";
