/** Prequal (Wydrowski, Kleinberg, Rumble, Archer: NSDI 2024): asynchronous probes, hot or cold, then the fastest. */
import type { Algorithm } from "../scenario.ts";
import { Table } from "./table.ts";

const poolSize = 16;
const ageMs = 1_000;
const probesPerRequest = 3;
const removesPerRequest = 1;
const delta = 1;
const hotQuantile = 2 ** -0.25;
/** Answers of probes by which the distribution of requests in flight is judged. */
const rifsKept = 128;

interface Probe {
  readonly server: number;
  readonly at: number;
  rif: number;
  readonly latency: number;
  uses: number;
}

/** The distribution of requests in flight is read anew every so many requests. */
const readEvery = 16;

class Prequal extends Table {
  #pool: Probe[] = [];
  #rifs: number[] = [];
  #seen = 0;
  #requests = 0;
  #hot = Infinity;
  #removeOldest = false;

  override remove(server: number): void {
    super.remove(server);
    this.#pool = this.#pool.filter((probe) => probe.server !== server);
  }

  protected choose(): number {
    const now = this.world.time.now;
    // Oldest first.
    while (this.#pool.length > 0 && now - this.#pool[0]!.at >= ageMs) this.#pool.shift();
    if (this.#requests++ % readEvery === 0) this.#hot = this.#hotFrom();
    const hot = this.#hot;
    const probe = this.#pool.length < 2 ? undefined : this.#best(hot);
    if (probe !== undefined) {
      probe.rif++;
      if (--probe.uses <= 0) this.#drop(probe);
    }
    for (let removed = 0; removed < removesPerRequest && this.#pool.length > 0; removed++) {
      this.#drop(this.#removeOldest ? this.#pool[0]! : this.#worst(hot));
      this.#removeOldest = !this.#removeOldest;
    }
    this.#probe();
    return probe?.server ?? this.any();
  }

  #best(hot: number): Probe {
    let best: Probe | undefined;
    for (const probe of this.#pool) {
      if (best === undefined) best = probe;
      else {
        const cold = probe.rif < hot;
        const bestCold = best.rif < hot;
        if (cold !== bestCold ? cold : cold ? probe.latency < best.latency : probe.rif < best.rif) best = probe;
      }
    }
    return best!;
  }

  #worst(hot: number): Probe {
    let worst = this.#pool[0]!;
    for (const probe of this.#pool) {
      const isHot = probe.rif >= hot;
      const worstHot = worst.rif >= hot;
      if (isHot !== worstHot ? isHot : isHot ? probe.rif > worst.rif : probe.latency > worst.latency) worst = probe;
    }
    return worst;
  }

  /** A probe with at least this many in flight is hot. */
  #hotFrom(): number {
    if (this.#rifs.length === 0) return Infinity;
    const sorted = Float64Array.from(this.#rifs).sort();
    return Math.max(1, sorted[Math.min(sorted.length - 1, Math.floor(hotQuantile * sorted.length))]! + 1e-9);
  }

  #drop(probe: Probe): void {
    const place = this.#pool.indexOf(probe);
    if (place >= 0) this.#pool.splice(place, 1);
  }

  #probe(): void {
    const { known, random, world } = this;
    const count = Math.min(probesPerRequest, known.length);
    // Distinct ones: the first places of a shuffle.
    for (let drawn = 0; drawn < count; drawn++) {
      const other = drawn + Math.floor(random() * (known.length - drawn));
      const server = known[other]!;
      known[other] = known[drawn]!;
      known[drawn] = server;
      const half = world.rttMs(this.client, server) / 2;
      if (half === 0) this.#ask(server, 0);
      else world.time.later(world.time.now + half, () => this.#ask(server, half));
    }
  }

  #ask(index: number, half: number): void {
    const server = this.world.servers[index]!;
    if (server.speed === 0) return;
    const { now } = this.world.time;
    const rif = server.lies ? 0 : server.inside;
    const said = { rif, latency: server.lies ? 0 : server.recent.median(rif, now) };
    if (half === 0) this.#keep(index, said);
    else this.world.time.later(this.world.time.now + half, () => this.#keep(index, said));
  }

  #keep(server: number, said: { rif: number; latency: number }): void {
    if (!this.known.includes(server)) return;
    if (this.#pool.length >= poolSize) this.#pool.shift();
    this.#pool.push({ server, at: this.world.time.now, uses: this.#usesOfAProbe(), ...said });
    this.#rifs[this.#seen++ % rifsKept] = said.rif;
  }

  /** Uses left to a probe so that the pool does not run dry (the paper's b_reuse), rounded by chance. */
  #usesOfAProbe(): number {
    const fresh = (1 - poolSize / this.known.length) * probesPerRequest - removesPerRequest;
    const uses = fresh > 0 ? Math.max(1, (1 + delta) / fresh) : 1;
    return Math.floor(uses) + (this.random() < uses % 1 ? 1 : 0);
  }
}

export const prequal: Algorithm = {
  name: "prequal",
  title: "Prequal",
  client: (world, client) => new Prequal(world, client),
};
