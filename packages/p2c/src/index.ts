// Power of two choices: the engine that drives endpoints, and the picker.

export { type BalanceOptions, balance } from "./balance.ts";
export type { BalanceObserver, CallOutcome } from "./balance-observer.ts";
export type { Balance, EndpointState } from "./engine.ts";
export { makeBalance } from "./make-balance.ts";
export { type P2cOptions, p2c } from "./p2c.ts";
