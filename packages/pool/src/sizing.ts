// The contract of a sizing: the rule by which a pool grows and shrinks. Samples in, decision out.

/** What a sizer sees of its pool: one object for the pool's life, whose fields are those of the moment. */
export interface PoolLevels {
  /** Services that serve. */
  readonly size: number;
  /** Makes that were asked for and have not ended: under way, waiting for their turn, or for a pause after a failure. */
  readonly making: number;
  /** Requests in flight on services that serve. */
  readonly inFlight: number;
  /** Calls that wait for a service. */
  readonly waiting: number;
  /** Never fewer services than this. */
  readonly min: number;
  /** Never more services than this. */
  readonly max: number;
}

/**
 * Decides for one pool. It counts and compares; it starts no timer, keeps no promise and reads no clock.
 *
 * Each method is synchronous, O(1) and answers how many services to make (above 0) or to let go (below 0) now; 0 changes
 * nothing. The pool keeps to `min` and `max` whatever the answer, takes back makes that have not begun before it lets a
 * service go, and always has at least one service, or one being made, while a call waits.
 */
export interface Sizer {
  /** How busy the pool is by this rule, 0…1. */
  readonly level: number;
  /** The time from one `tick` to the next, in ms. */
  readonly tickMs: number;
  /**
   * A call has arrived, and is counted in `levels` already: it found a service ready, or `waits`. Also told, with `waits`,
   * of whoever asked `ready()` and found none: who calls only when that is true would never be seen to wait.
   */
  arrived(levels: PoolLevels, waits: boolean): number;
  /**
   * Another `tickMs` have passed. Comes while the pool has anything to do or more than `min` services; one that rests
   * at `min` runs no timer.
   */
  tick(levels: PoolLevels): number;
}

/** A rule of sizing, as a value. Each pool begins a sizer of its own with it. */
export interface Sizing {
  /** How many makes at once suit the rule, unless the pool's options say otherwise: a whole number from 1. */
  readonly makeConcurrency: number;
  begin(): Sizer;
}
