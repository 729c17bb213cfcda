/** tower's own: power of two choices with a peak EWMA whose asking writes (tower 0.4, `load/peak_ewma.rs`, in own words). */
import type { Job } from "../job.ts";
import type { Algorithm } from "../scenario.ts";
import { Table } from "./table.ts";

const defaultRttMs = 30;
const decayMs = 10_000;

class TowerPeakEwma extends Table {
  #estimate: number[] = [];
  #writtenAt: number[] = [];

  override add(server: number): void {
    super.add(server);
    this.#estimate[server] = defaultRttMs;
    this.#writtenAt[server] = this.world.time.now;
  }

  protected choose(): number {
    return this.cheaperOfTwo((server) => {
      this.#update(server, 0);
      return this.#estimate[server]! * (this.pending[server]! + 1);
    });
  }

  override ended(job: Job, rttMs: number): void {
    super.ended(job, rttMs);
    this.#update(job.server, rttMs);
  }

  /** A sample above the estimate becomes it. Looking is a sample of nothing, at the time of the look. */
  #update(server: number, sampleMs: number): void {
    const { now } = this.world.time;
    const estimate = this.#estimate[server]!;
    const kept = Math.exp(-(now - this.#writtenAt[server]!) / decayMs);
    this.#estimate[server] = sampleMs > estimate ? sampleMs : estimate * kept + sampleMs * (1 - kept);
    this.#writtenAt[server] = now;
  }
}

class PendingOfTwo extends Table {
  protected choose(): number {
    return this.cheaperOfTwo((server) => this.pending[server]!);
  }
}

export const tower: Algorithm = {
  name: "tower",
  title: "P2C, tower's peak EWMA",
  client: (world, client) => new TowerPeakEwma(world, client),
};

/** What bal's own P2C with pending requests must agree with. */
export const pendingOfTwo: Algorithm = {
  name: "pending-of-two",
  title: "P2C, pending (bench)",
  client: (world, client) => new PendingOfTwo(world, client),
};
