// The default clock, which can be held so that one choice reads it once.

let holding = false;
/** The reading that is held; 0 before there is one. */
let reading = 0;

/**
 * Milliseconds since some fixed moment, monotonic: `performance.now()`, the default of every `now` option.
 *
 * While it is held (`holdNow`) the first reading stands for all. A reading costs 30 to 120 ns, and a choice would take
 * one for each load that it compares.
 */
export function now(): number {
  if (!holding) return performance.now();
  reading ||= performance.now();
  return reading;
}

/** Holds `now` from the choice of an endpoint on. The same synchronous run must release it. A second hold adds nothing. */
export function holdNow(): void {
  if (!holding) reading = 0;
  holding = true;
}

/**
 * Releases `now`: whoever measures a request calls it once the begin is noted, before the request itself runs. The
 * balancer that held it releases it too, so that no layer must. A second release does nothing.
 */
export function releaseNow(): void {
  holding = false;
}
