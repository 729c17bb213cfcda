/** C3 (Suresh, Canini, Schmid, Feldmann: NSDI 2015), its ranking among all servers, with what servers say of themselves. */
import type { Job } from "../job.ts";
import type { Algorithm } from "../scenario.ts";
import { Table } from "./table.ts";

/** Weight of a new value, as in the authors' patch of Cassandra. */
const alpha = 0.9;

/** Stands for the service time of a server that has not answered yet, or all would go to it until it has; the paper is silent. */
const priorMs = 0.001;

class C3 extends Table {
  #response: number[] = [];
  #service: number[] = [];
  #queue: number[] = [];

  override add(server: number): void {
    super.add(server);
    this.#response[server] = 0;
    this.#service[server] = priorMs;
    this.#queue[server] = 0;
  }

  protected choose(): number {
    const { clients } = this.world;
    return this.leastBy((server) => {
      const queue = 1 + this.pending[server]! * clients + this.#queue[server]!;
      const service = this.#service[server]!;
      return this.#response[server]! - service + queue * queue * queue * service;
    });
  }

  override ended(job: Job, rttMs: number): void {
    super.ended(job, rttMs);
    const at = job.server;
    this.#response[at] = alpha * rttMs + (1 - alpha) * this.#response[at]!;
    this.#service[at] = alpha * job.serviceThen + (1 - alpha) * this.#service[at]!;
    this.#queue[at] = alpha * job.queueThen + (1 - alpha) * this.#queue[at]!;
  }
}

export const c3: Algorithm = { name: "c3", title: "C3, all", client: (world, client) => new C3(world, client) };
