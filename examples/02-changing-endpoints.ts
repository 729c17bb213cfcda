// Endpoints that come and go while requests run: a set that the program changes, and a balance that follows.

import { setImmediate as turn } from "node:timers/promises";
import { endpointSet, mapEndpoints } from "@bal/discover";
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { serviceFn, stack } from "@bal/service";

// The set holds addresses; a service is built out of each when the balance first sees it.
const addresses = endpointSet({ a: "10.0.0.1", b: "10.0.0.2" });
const connect = (address: string) => ({
  ...serviceFn(async (path: string) => `${address}${path}`),
  async close() {
    console.log(`closed ${address}`); // by the balance, once the last request on it is over
  },
});

await using balanced = balance(mapEndpoints(addresses, stack(pendingRequests(), connect)), {
  observer: {
    inserted: (key) => console.log(`came: ${key}`),
    removed: (key) => console.log(`left: ${key}`),
    replaced: (key) => console.log(`new: ${key}`),
  },
});

/** Which addresses answer. */
async function answering(): Promise<string> {
  await turn();
  const answers = await Promise.all(Array.from({ length: 50 }, () => balanced.call("/hello")));
  return [...new Set(answers)].sort().join(" ");
}

console.log(await answering());
addresses.insert("c", "10.0.0.3");
addresses.remove("a");
console.log(await answering());
addresses.insert("b", "10.0.0.9"); // the same key: the new one takes over once it is ready
console.log(await answering());

// Prints:
// came: a
// came: b
// 10.0.0.1/hello 10.0.0.2/hello
// left: a
// came: c
// closed 10.0.0.1
// 10.0.0.2/hello 10.0.0.3/hello
// came: b
// new: b
// closed 10.0.0.2
// 10.0.0.3/hello 10.0.0.9/hello
// closed 10.0.0.3
// closed 10.0.0.9
