// A picker of one's own: round robin. The balance still follows readiness, queues, drains and closes.

import { list } from "@bal/discover";
import { balance } from "@bal/p2c";
import { type Endpoint, type Picker, serviceFn } from "@bal/service";

/** The balance says who is ready; `pick` says who is next. No load is asked, so the services need none. */
function roundRobin<E extends Endpoint<unknown, unknown>>(): Picker<E> {
  const ring: E[] = [];
  let next = 0;
  return {
    add(endpoint) {
      ring.push(endpoint);
    },
    delete(endpoint) {
      const index = ring.indexOf(endpoint);
      ring.splice(index, 1);
      if (index < next) next -= 1;
    },
    pick() {
      if (next >= ring.length) next = 0;
      const endpoint = ring[next];
      if (endpoint !== undefined) next += 1;
      return endpoint;
    },
  };
}

const server = (name: string) => serviceFn(async (request: number) => `${name}${request}`);
const servers = [server("a"), server("b"), server("c")];
await using balanced = balance(list(servers), { picker: roundRobin<Endpoint<number, (typeof servers)[number]>>() });

const answers: string[] = [];
for (let request = 1; request <= 7; request += 1) answers.push(await balanced.call(request));
console.log(answers.join(" "));

// Prints:
// a1 b2 c3 a4 b5 c6 a7
