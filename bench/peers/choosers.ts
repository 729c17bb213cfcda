/** The choice alone: bal's pickers, and what JavaScript users have today, each brought to where it chooses. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { least } from "@bal/least";
import { p2c } from "@bal/p2c";
import type { Endpoint, Load, Picker, Service } from "@bal/service";

/** From one file of many inside them: their choice has no public entry of its own. */
const load = createRequire(join(process.env.BENCH_FOLDER ?? import.meta.dirname, "package.json"));

export interface Chooser {
  readonly name: string;
  /** Whether load has a say in the choice. */
  readonly knows: string;
  /** Prepares `size` endpoints, all free or all but one busy; undefined where it has no such state. What it returns picks, begins and ends once. */
  prepare(size: number, oneFree: boolean): (() => void) | undefined;
}

type Counted = Endpoint<number, Counter>;

/** As a load of bal's is: methods on a prototype, not closures of its own. */
class Counter implements Service<unknown, unknown>, Load {
  static readonly #order = {};
  pending = 0;
  readonly order: object = Counter.#order;

  ready(): true {
    return true;
  }

  call(): Promise<void> {
    return Promise.resolve();
  }

  load(): number {
    return this.pending;
  }

  rank(): number {
    return Math.log(this.pending);
  }
}

/** A busy endpoint is not in the picker. */
function ours(name: string, make: () => Picker<Counted>): Chooser {
  return {
    name,
    knows: "pending requests",
    prepare(size, oneFree) {
      const picker = make();
      for (let key = 0; key < size; key += 1) {
        const each: Counted = { key, slot: -1, service: new Counter() };
        picker.add(each);
        if (oneFree && key > 0) picker.delete(each);
      }
      return () => {
        const chosen = picker.pick()!;
        chosen.service.pending += 1;
        picker.changed?.(chosen);
        chosen.service.pending -= 1;
        picker.changed?.(chosen);
      };
    },
  };
}

const balancedPool: Chooser = {
  name: "undici 7 BalancedPool",
  knows: "errors",
  prepare(size, oneFree) {
    const { BalancedPool, Pool } = load("undici");
    const { kNeedDrain } = load("undici/lib/core/symbols.js");
    const { kAddClient, kClients, kGetDispatcher } = load("undici/lib/dispatcher/pool-base.js");
    const pool = new BalancedPool([]);
    // Not by addUpstream, which looks at all others for each: a minute for the largest. Its weights stand for it.
    const weight = Object.getOwnPropertySymbols(Object.assign(new BalancedPool(["http://a"]), {})[kClients][0]).find(
      (symbol) => symbol.description === "kWeight",
    );
    if (weight === undefined) return undefined;
    for (let index = 0; index < size; index += 1) {
      const each = new Pool(`http://10.0.0.1:${index + 1}`);
      each[weight] = 100;
      pool[kAddClient](each);
      each[kNeedDrain] = oneFree && index > 0;
    }
    pool._updateBalancedPoolStats();
    return () => void pool[kGetDispatcher]();
  },
};

const grpc: Chooser = {
  name: "grpc-js round robin",
  knows: "nothing",
  prepare(size, oneFree) {
    const { RoundRobinLoadBalancer } = load("@grpc/grpc-js/build/src/load-balancer-round-robin.js");
    const { PickResultType } = load("@grpc/grpc-js/build/src/picker.js");
    const { connectivityState } = load("@grpc/grpc-js");
    let picker: { pick(args: object): unknown } | undefined;
    const balancer = new RoundRobinLoadBalancer({
      createSubchannel() {},
      requestReresolution() {},
      addChannelzChild() {},
      removeChannelzChild() {},
      updateState(_: number, ready: typeof picker) {
        picker = ready;
      },
    });
    const picked = { pickResultType: PickResultType.COMPLETE, subchannel: null };
    balancer.children = Array.from({ length: size }, (_, index) => ({
      getConnectivityState: () =>
        oneFree && index > 0 ? connectivityState.TRANSIENT_FAILURE : connectivityState.READY,
      getEndpoint: () => ({ addresses: [{ host: "10.0.0.1", port: index }] }),
      getPicker: () => ({ pick: () => picked }),
    }));
    balancer.calculateAndUpdateState();
    const args = { metadata: {}, extraPickInfo: {} };
    return () => void picker!.pick(args);
  },
};

const mongodb: Chooser = {
  name: "mongodb server selection",
  knows: "round trips, operations",
  prepare(size, oneFree) {
    if (oneFree) return undefined;
    const { DeprioritizedServers, readPreferenceServerSelector } = load("mongodb/lib/sdam/server_selection.js");
    const { shuffle } = load("mongodb/lib/utils.js");
    const { ReadPreference } = load("mongodb");
    const select = readPreferenceServerSelector(ReadPreference.nearest);
    const all = Array.from({ length: size }, (_, index) => ({
      address: `10.0.0.1:${index}`,
      type: "Mongos",
      roundTripTime: 5,
    }));
    const operations = new Map(all.map(({ address }) => [address, { s: { operationCount: 0 } }]));
    const topology = {
      type: "Sharded",
      localThresholdMS: 15,
      servers: new Map(all.map((each) => [each.address, each])),
    };
    const none = new DeprioritizedServers();
    // As its topology does for each operation.
    return () => {
      const selected = select(topology, Array.from(topology.servers.values()), none);
      const [a, b] = shuffle(selected, 2).map(({ address }: { address: string }) => operations.get(address));
      const server = a.s.operationCount < b.s.operationCount ? a : b;
      server.s.operationCount += 1;
      server.s.operationCount -= 1;
    };
  },
};

const elastic: Chooser = {
  name: "@elastic/transport cluster pool",
  knows: "failures",
  prepare(size, oneFree) {
    const { ClusterConnectionPool, HttpConnection } = load("@elastic/transport");
    const pool = new ClusterConnectionPool({ Connection: HttpConnection });
    const { ALIVE, DEAD } = HttpConnection.statuses;
    pool.connections = Array.from({ length: size }, (_, id) => ({ id, status: oneFree && id > 0 ? DEAD : ALIVE }));
    pool.size = size;
    const options = { filter: () => true, now: 0, requestId: 1, name: "bench", context: null };
    return () => void pool.getConnection(options);
  },
};

const loadBalancers: Chooser = {
  name: "load-balancers P2cBalancer",
  knows: "picks, never ends",
  prepare(size, oneFree) {
    if (oneFree) return undefined;
    const { P2cBalancer } = load("load-balancers");
    const balancer = new P2cBalancer(size);
    return () => void balancer.pick();
  },
};

export const choosers: readonly Chooser[] = [
  ours("bal p2c", () => p2c()),
  ours("bal least", () => least()),
  balancedPool,
  grpc,
  mongodb,
  elastic,
  loadBalancers,
];
