// A pool whose services are mocks that a test answers by hand, kept in the order in which they were made.
import { pendingRequests } from "@bal/load";
import { type Balance, balance, p2c } from "@bal/p2c";
import { type Pool, type PoolOptions, pool } from "@bal/pool";
import { type Load, type Service, serviceFn } from "@bal/service";
import { type MockHandle, mockService, seededRandom, type VirtualClock, virtualClock } from "@bal/service/testing";

export type Made = Service<number, string> & Load;
export type MockPool = Pool<number, string, Balance<number, number, string>>;

export interface Rig {
  readonly pool: MockPool;
  readonly clock: VirtualClock;
  /** One for each service made so far. */
  readonly made: readonly MockHandle<number, string>[];
  /** How many makes have begun so far. */
  readonly asked: number;
}

export interface RigOptions extends Partial<PoolOptions<Made, Balance<number, number, string>>> {
  /** What each service finds room for at first. One request unless given. */
  readonly allow?: number;
  /** Runs before each make, with how many began before; what it throws is the make's failure. */
  readonly making?: (makes: number, signal: AbortSignal | undefined) => unknown;
}

export function mockPool({ allow = 1, making, ...options }: RigOptions = {}): Rig {
  const clock = virtualClock();
  const made: MockHandle<number, string>[] = [];
  let asked = 0;
  const make = serviceFn(async (_: string, { signal }) => {
    asked += 1;
    await making?.(asked - 1, signal);
    const { service, handle } = mockService<number, string>({ allow });
    made.push(handle);
    return pendingRequests()(service) as Made;
  });
  const made$ = pool(make, "there", {
    balance: (services) => balance(services, { picker: p2c({ random: seededRandom(2) }) }),
    now: clock.now,
    schedule: clock.schedule,
    random: seededRandom(1),
    ...options,
  });
  return {
    pool: made$,
    clock,
    made,
    get asked() {
      return asked;
    },
  };
}

/** Answers the next request of a mock with its own number, and lets it take another. */
export async function answer(handle: MockHandle<number, string> | undefined, room = 1): Promise<void> {
  const call = await handle?.nextCall();
  call?.respond(`answer ${call.request}`);
  handle?.allow(room);
}
