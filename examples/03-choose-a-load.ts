// What the choice of a load changes: four servers, one ten times slower, the same requests under each load.

import { list } from "@bal/discover";
import { constant, peakEwma, pendingRequests } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import { type Load, type Service, serviceFn } from "@bal/service";
import { seededRandom, virtualClock } from "@bal/service/testing";

type Endpoint = Service<number, number>;
type WithLoad = (clock: ReturnType<typeof virtualClock>) => (inner: Endpoint) => Endpoint & Load;

const loads: Readonly<Record<string, WithLoad>> = {
  "constant (random)": () => constant(1),
  "pending requests": () => pendingRequests(),
  "peak EWMA": ({ now }) => peakEwma({ now }),
};

for (const [name, layer] of Object.entries(loads)) {
  const clock = virtualClock();
  const addLoad = layer(clock);
  const counts = [0, 0, 0, 0];
  const servers = [5, 5, 5, 50].map((ms, index) =>
    addLoad(
      serviceFn(async () => {
        counts[index] = (counts[index] ?? 0) + 1;
        await clock.sleep(ms);
        return ms;
      }),
    ),
  );
  await using balanced = balance(list(servers), { picker: p2c({ random: seededRandom(1) }) });

  // A thousand requests, one every 2 ms of virtual time.
  let sum = 0;
  const answers = Array.from({ length: 1000 }, async (_, index) => {
    await clock.sleep(index * 2);
    const begin = clock.now();
    await balanced.call(index);
    sum += clock.now() - begin;
  });
  await clock.run();
  await Promise.all(answers);
  console.log(
    `${name.padEnd(18)} mean ${(sum / 1000).toFixed(1).padStart(4)} ms, to each server: ${counts.join(", ")}`,
  );
}

// Prints:
// constant (random)  mean 16.3 ms, to each server: 261, 252, 237, 250
// pending requests   mean  8.1 ms, to each server: 313, 319, 300, 68
// peak EWMA          mean  5.1 ms, to each server: 338, 343, 316, 3
