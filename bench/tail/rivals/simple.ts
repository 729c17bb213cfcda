/** Round robin and random: what most clients do. */
import type { Algorithm } from "../scenario.ts";
import { Table } from "./table.ts";

class RoundRobin extends Table {
  #next = Math.floor(this.random() * 1000);

  protected choose(): number {
    return this.known[this.#next++ % this.known.length]!;
  }
}

class Random extends Table {
  protected choose(): number {
    return this.any();
  }
}

export const roundRobin: Algorithm = {
  name: "round-robin",
  title: "round robin",
  client: (world, client) => new RoundRobin(world, client),
};

export const random: Algorithm = {
  name: "random",
  title: "random",
  client: (world, client) => new Random(world, client),
};
