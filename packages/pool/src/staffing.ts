// Square-root staffing: as many services as the calls of late kept busy, and a reserve that grows with the root of it.

import { checkNumber, checkObject } from "@bal/errors";
import type { PoolLevels, Sizing } from "./sizing.ts";

export interface StaffingOptions {
  /**
   * Over how long the mean number of busy services is taken, in ms. 1,000 unless given: short enough to follow a load
   * that doubles within seconds. The pool looks ten times in it.
   */
  readonly windowMs?: number;
  /**
   * How long it takes a size that is needed no more to fade to 1/e of itself, in ms. 15,000 unless given: long enough that
   * a wave of load does not make what the one before it let go, short enough that the mean size stays near the need.
   * More suits services that are slow or dear to make.
   */
  readonly holdMs?: number;
}

/** Looks in a window. */
const looks = 10;

/**
 * The default. With R services busy on average, R + 2.5·√R + 0.3 are kept: the number of calls in flight of a random load
 * spreads with √R, so that this leaves few waits at any size (square-root staffing: Halfin and Whitt, "Heavy-Traffic
 * Limits for Queues with Many Exponential Servers", 1981). What was needed fades with `holdMs`, and a service
 * goes only when more than 0.3 roots too many are there: by so much the mean of a steady load swings, and services would
 * come and go with it.
 *
 * A call that waits makes at once, up to one service for each call that is there, within what R asks for. While two thirds
 * as many wait as are in flight, and more than at the last look, nine tenths of what is in flight stand for R (one, where
 * nothing serves yet: up to four are made): a load that multiplies gets its services in a few rounds of makes, and the
 * backlog behind slow makes does not ask for a service a call.
 *
 * How many requests a service takes at once is learnt from how many are in flight when calls wait.
 *
 * @throws InvalidOptionError
 */
export function staffing(options: StaffingOptions = {}): Sizing {
  const { windowMs = 1_000, holdMs = 15_000 } = checkObject("options", options);
  checkNumber("windowMs", windowMs, { above: true, unit: "ms" });
  const tickMs = windowMs / looks;
  checkNumber("holdMs", holdMs, { min: tickMs, unit: "ms" });
  return {
    makeConcurrency: Infinity,
    begin() {
      // Requests in flight as arrivals and looks found them: their sum and number, those of old counting less and less.
      let sum = 0;
      let count = 0;
      /** Requests that a service takes at once. */
      let slots = 1;
      /** Requests at once for which there are to be services. */
      let held = 0;
      /** Calls that waited at the last look. */
      let waited = 0;

      const mean = (inFlight: number): number => {
        sum += inFlight;
        count += 1;
        return sum / count;
      };
      const staffed = (busy: number): number => busy + 2.5 * Math.sqrt(busy) + 0.3;
      const services = (requests: number): number => Math.ceil(requests / slots);

      const sizer = {
        level: 0,
        tickMs,
        arrived({ size, making, inFlight, waiting }: PoolLevels, waits: boolean): number {
          // As the call found it: Poisson arrivals see the mean over time (Wolff 1982), so that no clock is read.
          let busy = mean(waits ? inFlight : inFlight - 1);
          const each = inFlight / size;
          if (size > 0 && (waits || each > slots)) slots = Math.max(1, each);
          if (!waits) return 0;
          if (waiting > waited && waiting * 3 > inFlight * 2) busy = Math.max(busy, inFlight * 0.9, 1);
          held = Math.max(held, Math.min(inFlight + Math.max(waiting, 1), staffed(busy)));
          return Math.max(0, services(held) - size - making);
        },
        tick({ size, making, inFlight, waiting }: PoolLevels): number {
          const busy = mean(inFlight);
          sum -= sum / looks;
          count -= count / looks;
          sizer.level = size > 0 ? Math.min(1, busy / (size * slots)) : 0;
          held = Math.max(staffed(busy), held * (1 - tickMs / holdMs));
          waited = waiting;
          const all = size + making;
          return Math.min(Math.max(all, services(held)), services(held + 0.3 * Math.sqrt(held))) - all;
        },
      };
      return sizer;
    },
  };
}
