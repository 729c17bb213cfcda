// The first call: three servers that do the same job become one service, which picks the least loaded for each request.

import { list } from "@bal/discover";
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { serviceFn } from "@bal/service";

// Anything that answers a request with a promise is a service. The load layer counts what it has in flight.
const server = (name: string) =>
  pendingRequests()(serviceFn(async (question: string) => `${name} says: ${question}? Yes.`));

// A balance draws two servers for each request, and takes the one with less to do.
const servers = [server("ann"), server("ben"), server("cat")];
await using balanced = balance(list(servers));

const answers = await Promise.all(Array.from({ length: 300 }, () => balanced.call("ready")));

const counts = ["ann", "ben", "cat"].map((name) => answers.filter((answer) => answer.startsWith(name)).length);
console.log(`${answers.length} answers from ${balanced.size} servers`);
console.log(`about a hundred each: ${counts.every((count) => Math.abs(count - 100) <= 10)}`);

// Prints:
// 300 answers from 3 servers
// about a hundred each: true
