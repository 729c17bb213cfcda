/** The limit: knows every true queue, speed and distance at the instant of choice, for all clients together. */
import type { Algorithm } from "../scenario.ts";
import { Table } from "./table.ts";

class Limit extends Table {
  protected choose(): number {
    const { servers, scenario } = this.world;
    const { meanMs = 10 } = scenario;
    return this.leastBy((index) => {
      const { speed, workers, failsAfterMs, inside, coming } = servers[index]!;
      if (speed === 0 || failsAfterMs !== undefined) return Infinity;
      const turns = Math.max(1, (inside + coming + 1) / workers);
      return this.world.rttMs(this.client, index) + (turns * meanMs) / speed;
    });
  }
}

export const limit: Algorithm = {
  name: "limit",
  title: "the limit",
  client: (world, client) => new Limit(world, client),
};
