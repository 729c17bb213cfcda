/** The limit: knows every true queue, speed and distance at the instant of choice, for all clients together. */
import type { Algorithm, World } from "../scenario.ts";
import { Table } from "./table.ts";

/** Requests on their way or at a server, of all clients of a world. */
const sent = new WeakMap<World, Int32Array>();

class Limit extends Table {
  readonly #sent: Int32Array;

  constructor(world: World, client: number) {
    super(world, client);
    let all = sent.get(world);
    if (all === undefined) {
      all = new Int32Array(4096);
      sent.set(world, all);
    }
    this.#sent = all;
  }

  protected choose(): number {
    const { servers } = this.world;
    const server = this.leastBy((index) => {
      const { speed, workers, failsAfterMs } = servers[index]!;
      if (speed === 0 || failsAfterMs !== undefined) return Infinity;
      const mean = this.world.scenario.meanMs ?? 10;
      return this.world.rttMs(this.client, index) + (Math.max(1, (this.#sent[index]! + 1) / workers) * mean) / speed;
    });
    this.#sent[server]!++;
    return server;
  }

  override ended(job: Parameters<Table["ended"]>[0], rttMs: number): void {
    super.ended(job, rttMs);
    this.#sent[job.server]!--;
  }
}

export const limit: Algorithm = {
  name: "limit",
  title: "the limit",
  client: (world, client) => new Limit(world, client),
};
