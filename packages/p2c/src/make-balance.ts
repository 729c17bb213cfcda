// A maker of balances: for each target a discover, and a balance over it.

import { checkFunction } from "@bal/errors";
import {
  checkService,
  type Discover,
  type Load,
  type Make,
  type RequestOf,
  type ResponseOf,
  type Service,
} from "@bal/service";
import { type BalanceOptions, balance } from "./balance.ts";
import type { Balance } from "./engine.ts";

/**
 * From a make of discovers a make of balances, as for a gateway that has a set of endpoints for each service name.
 *
 * `options` is called for each target, since a picker serves one balance; without it all are as `balance` has them.
 * A balance that is made after its call was aborted is closed.
 *
 * @throws InvalidOptionError
 */
export function makeBalance<Target, K, S extends Service<never, unknown> & Load>(
  makeDiscover: Make<Target, Discover<K, S>>,
  options: (target: Target) => BalanceOptions<K, S> = () => ({}),
): Make<Target, Balance<K, RequestOf<S>, ResponseOf<S>>> {
  checkService("makeDiscover", makeDiscover);
  checkFunction("options", options);
  return {
    ready: () => makeDiscover.ready(),
    async call(target, callOptions) {
      const made = balance(await makeDiscover.call(target, callOptions), options(target));
      if (!callOptions?.signal?.aborted) return made;
      await made.close();
      throw callOptions.signal.reason;
    },
    close: async () => makeDiscover.close?.(),
  };
}
