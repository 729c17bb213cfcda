// A pool of services that grows and shrinks with demand.

export type { Member } from "./member.ts";
export { type Pool, pool } from "./pool.ts";
export type { PoolObserver, RemovedWhy } from "./pool-observer.ts";
export type { BackoffOptions, PoolBalancer, PoolOptions } from "./pool-options.ts";
export type { PoolLevels, Sizer, Sizing } from "./sizing.ts";
export { type StaffingOptions, staffing } from "./staffing.ts";
export { type TowerSizingOptions, towerSizing } from "./tower-sizing.ts";
