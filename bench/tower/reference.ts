/** What tower 0.4.13 cost in quiet runs on another machine, for where it cannot be built: ns added to a request. */
import type { LoadName } from "../overhead/kinds.ts";
import type { Shape } from "../overhead/player.ts";

type Costs = readonly [constant: number, pending: number, peak: number];

const plain: Readonly<Record<number, Costs>> = {
  10: [186, 203, 494],
  100: [198, 214, 505],
  1000: [182, 197, 489],
  10000: [196, 235, 544],
};

const flight: Readonly<Record<number, Costs>> = {
  10: [184, 202, 503],
  100: [192, 212, 512],
  1000: [183, 194, 500],
  10000: [205, 239, 572],
  100000: [664, 664, 1_364],
};

const churn: Readonly<Record<number, Costs>> = {
  10: [376, 396, 746],
  100: [389, 410, 732],
  1000: [396, 425, 762],
  10000: [521, 543, 940],
  100000: [1_663, 1_485, 2_343],
};

const build: Readonly<Record<number, Costs>> = {
  10: [202, 190, 268],
  100: [174, 184, 211],
  1000: [217, 180, 255],
  10000: [200, 202, 227],
  100000: [359, 267, 303],
};

const tables: Partial<Record<Shape, Readonly<Record<number, Costs>>>> = { plain, flight, churn, build };

/** undefined where nothing is known. */
export function reference(shape: Shape, load: LoadName, endpoints: number): number | undefined {
  const column = ["constant", "pending", "peak"].indexOf(load);
  return tables[shape]?.[endpoints]?.[column];
}
