// A load of one's own: the depth of a queue that each server reports in its answers.

import { list } from "@bal/discover";
import { balance, p2c } from "@bal/p2c";
import { type Load, type Service, serviceFn } from "@bal/service";
import { seededRandom } from "@bal/service/testing";

interface Answer {
  readonly from: string;
  /** What the server says of itself. */
  readonly queueDepth: number;
}

/** A layer: the same service, with a number that says how busy it is. Less is better; asking changes nothing. */
function reportedDepth<Req>(inner: Service<Req, Answer>): Service<Req, Answer> & Load {
  let depth = 0;
  return {
    load: () => depth,
    ready: () => inner.ready(),
    async call(request, options) {
      depth += 1; // until the next report: one more than it said
      const answer = await inner.call(request, options);
      depth = answer.queueDepth;
      return answer;
    },
    close: async () => inner.close?.(),
  };
}

const depths: Readonly<Record<string, number>> = { quiet: 1, normal: 4, crowded: 40 };
const servers = Object.entries(depths).map(([from, queueDepth]) =>
  reportedDepth(serviceFn(async (_: string): Promise<Answer> => ({ from, queueDepth }))),
);

await using balanced = balance(list(servers), { picker: p2c({ random: seededRandom(4) }) });

const counts = new Map<string, number>();
for (let request = 0; request < 600; request += 1) {
  const { from } = await balanced.call("work");
  counts.set(from, (counts.get(from) ?? 0) + 1);
}
for (const name of Object.keys(depths)) console.log(`${name}: ${counts.get(name)}`);

// Prints:
// quiet: 412
// normal: 187
// crowded: 1
