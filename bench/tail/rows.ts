/** One scenario, all algorithms, several seeds: a row of the tables. */
import { further, principal } from "./algorithms.ts";
import type { Measured, Summary } from "./measure.ts";
import type { Algorithm, Scenario } from "./scenario.ts";
import { simulate, traffic } from "./simulate.ts";

/** Medians over the seeds; of the incident where there is one. Times in ms. */
export interface Cell extends Omit<Summary, "requests" | "unanswered"> {
  readonly back?: number;
  /** The worst of the seeds. */
  readonly worst: Pick<Summary, "mean" | "p99" | "p999" | "errors">;
  readonly seeds: number;
  readonly distribution: readonly number[];
  readonly shares?: readonly number[];
}

export interface Row {
  readonly scenario: string;
  readonly title: string;
  readonly group: string;
  readonly clients: number;
  readonly requests: number;
  readonly incident: boolean;
  readonly results: Readonly<Record<string, Cell>>;
}

export interface RowOptions {
  readonly seeds: number;
  /** Only these; all unless given. */
  readonly algorithms?: readonly Algorithm[];
}

export async function row(scenario: Scenario, { seeds, algorithms }: RowOptions): Promise<Row> {
  const runs = new Map<string, Measured[]>();
  let requests = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const drawn = traffic(scenario, seed);
    requests = drawn.count;
    for (const algorithm of algorithms ?? (seed === 1 ? [...principal, ...further] : principal)) {
      const measured = await simulate(scenario, algorithm, seed, drawn);
      runs.set(algorithm.name, [...(runs.get(algorithm.name) ?? []), measured]);
    }
  }
  return {
    scenario: scenario.id,
    title: scenario.title,
    group: scenario.group,
    clients: scenario.clients,
    requests,
    incident: scenario.incident !== undefined,
    results: Object.fromEntries([...runs].map(([name, measured]) => [name, cell(measured)])),
  };
}

function cell(measured: readonly Measured[]): Cell {
  const counted = measured.map(({ all, incident }) => incident ?? all);
  const of = (key: "mean" | "p50" | "p90" | "p99" | "p999" | "errors") => counted.map((summary) => summary[key]);
  const middle = measured[0]!;
  const back = measured.map((each) => each.back).filter((share) => share !== undefined && !Number.isNaN(share));
  return {
    mean: round(median(of("mean"))),
    p50: round(median(of("p50"))),
    p90: round(median(of("p90"))),
    p99: round(median(of("p99"))),
    p999: round(median(of("p999"))),
    errors: round(median(of("errors"))),
    ...(back.length > 0 && { back: round(median(back as number[])) }),
    worst: {
      mean: round(Math.max(...of("mean"))),
      p99: round(Math.max(...of("p99"))),
      p999: round(Math.max(...of("p999"))),
      errors: round(Math.max(...of("errors"))),
    },
    seeds: measured.length,
    distribution: middle.distribution.map(round),
    ...(middle.shares && { shares: middle.shares.map(round) }),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1]!;
}

/** Four digits, which is more than any of them means. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
