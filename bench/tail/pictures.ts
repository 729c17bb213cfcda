/** Draws the figures: latency up to the last of a thousand requests, and who gets the requests during an incident. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as echarts from "echarts";
import { titles } from "./algorithms.ts";
import { quantiles } from "./measure.ts";
import type { Row } from "./rows.ts";

/** One file of the page: its name and the scenarios in it. */
export const plates: readonly { readonly name: string; readonly scenarios: RegExp }[] = [
  { name: "tail-queues", scenarios: /^(tower|n10.*|speeds.*|eight)$/ },
  { name: "tail-incidents", scenarios: /^(slow|fails|hangs|cold|deploy|halves|doubles|long-slow|long-hangs)$/ },
  { name: "tail-everyday", scenarios: /^(n100.*|antagonists|pauses|doomed|fast|many)$/ },
  { name: "tail-searched", scenarios: /^(sparse.*|many-clients|sizes.*|network|near-far|liar|unlike-clients)$/ },
];

const drawn = ["round-robin", "p2c-pending", "tower", "prequal", "c3", "least-expected", "limit"];

interface Theme {
  readonly name: "light" | "dark";
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly lines: Readonly<Record<string, string>>;
}

// Okabe and Ito's colours, told apart by everyone; the limit is grey and ours the strongest.
const themes: readonly Theme[] = [
  {
    name: "light",
    background: "#ffffff",
    text: "#24292f",
    faint: "#d8dee4",
    lines: {
      "round-robin": "#cc79a7",
      "p2c-pending": "#e69f00",
      tower: "#d55e00",
      prequal: "#56b4e9",
      c3: "#009e73",
      "least-expected": "#0050b3",
      limit: "#8c959f",
    },
  },
  {
    name: "dark",
    background: "#0d1117",
    text: "#e6edf3",
    faint: "#30363d",
    lines: {
      "round-robin": "#e3a4c5",
      "p2c-pending": "#f0b93a",
      tower: "#ff8a3d",
      prequal: "#8fd0f5",
      c3: "#3ccfa4",
      "least-expected": "#5ea3ff",
      limit: "#8b949e",
    },
  },
];

const columns = 3;
const panel = { width: 330, height: 230 };

export function pictures(rows: readonly Row[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const theme of themes) {
    for (const { name, scenarios } of plates) {
      const shown = rows.filter(({ scenario }) => scenarios.test(scenario));
      if (shown.length > 0) write(join(folder, `${name}-${theme.name}.svg`), shown, theme, distribution);
    }
    const troubled = rows.filter(({ scenario }) => /^(slow|fails|hangs|cold|long-slow|long-fails)$/.test(scenario));
    if (troubled.length > 0) write(join(folder, `tail-shares-${theme.name}.svg`), troubled, theme, shares);
  }
}

interface Panel {
  readonly title: string;
  readonly x: object;
  readonly y: object;
  readonly lines: readonly { readonly name: string; readonly data: readonly (readonly [number, number])[] }[];
  readonly mark?: readonly [number, number];
}

/** x counts the nines: 1 is the 90th percentile, 2 the 99th, 3 the 99.9th. */
function distribution({ title, results }: Row): Panel {
  // From the decade of the least median on: what is faster than that is no part of the tail.
  const half = quantiles.findIndex((q) => q >= 0.5);
  const medians = Object.values(results).map((cell) => cell.distribution[half]!);
  const least = 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(...medians))));
  return {
    title,
    x: {
      min: 0,
      max: 3.3,
      interval: 1,
      axisLabel: { formatter: (nines: number) => ["0", "90 %", "99 %", "99.9 %"][nines] ?? "" },
    },
    y: { type: "log", min: least, axisLabel: { formatter: milliseconds } },
    lines: Object.entries(results).map(([name, cell]) => ({
      name,
      data: quantiles
        .map((q, index) => [-Math.log10(1 - q), cell.distribution[index]!] as const)
        .filter(([, ms]) => ms >= least),
    })),
  };
}

function shares({ title, scenario, results }: Row): Panel {
  const long = scenario.startsWith("long");
  const step = long ? 40 / 60 : 1;
  return {
    title,
    x: { min: 0, max: long ? 40 : 60, axisLabel: { formatter: (at: number) => `${at} ${long ? "min" : "s"}` } },
    y: { min: 0, max: 0.25, axisLabel: { formatter: (share: number) => `${Math.round(100 * share)} %` } },
    lines: Object.entries(results).map(([name, cell]) => ({
      name,
      data: (cell.shares ?? []).map((share, index) => [(index + 0.5) * step, Math.min(share, 0.25)] as const),
    })),
    mark: long ? [15, 21] : [25, 35],
  };
}

function milliseconds(ms: number): string {
  // A logarithmic axis has its ticks a rounding off.
  const rounded = Number(ms.toPrecision(6));
  return rounded >= 1_000 ? `${rounded / 1_000} s` : `${rounded} ms`;
}

function write(file: string, rows: readonly Row[], theme: Theme, look: (row: Row) => Panel): void {
  const width = columns * panel.width;
  const height = Math.ceil(rows.length / columns) * panel.height + 40;
  const panels = rows.map(look);
  const line = { lineStyle: { color: theme.faint } };
  const axis = { axisLine: line, axisTick: { show: false }, splitLine: line, nameTextStyle: { color: theme.text } };
  const label = { color: theme.text, fontSize: 10 };
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: theme.background,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    legend: {
      bottom: 4,
      itemWidth: 18,
      textStyle: { color: theme.text, fontSize: 11 },
      data: drawn.map((name) => titles.get(name)!),
    },
    title: panels.map(({ title }, index) => ({
      text: title,
      left: (index % columns) * panel.width + 12,
      top: Math.floor(index / columns) * panel.height + 8,
      textStyle: { color: theme.text, fontSize: 12, fontWeight: 600 },
    })),
    grid: panels.map((_, index) => ({
      left: (index % columns) * panel.width + 52,
      top: Math.floor(index / columns) * panel.height + 36,
      width: panel.width - 72,
      height: panel.height - 72,
    })),
    xAxis: panels.map(({ x }, gridIndex) => {
      const { axisLabel, ...rest } = x as { axisLabel: object };
      return { type: "value", gridIndex, ...axis, ...rest, axisLabel: { ...label, ...axisLabel } };
    }),
    yAxis: panels.map(({ y }, gridIndex) => {
      const { axisLabel, ...rest } = y as { axisLabel: object };
      return { type: "value", gridIndex, ...axis, ...rest, axisLabel: { ...label, ...axisLabel } };
    }),
    series: panels.flatMap(({ lines, mark }, index) =>
      lines
        .filter(({ name }) => drawn.includes(name))
        .map(({ name, data }, nth) => ({
          type: "line",
          name: titles.get(name)!,
          xAxisIndex: index,
          yAxisIndex: index,
          data,
          showSymbol: false,
          clip: true,
          lineStyle: { width: name === "least-expected" ? 2.5 : 1.5, type: name === "limit" ? "dashed" : "solid" },
          itemStyle: { color: theme.lines[name]! },
          z: name === "least-expected" ? 5 : 2,
          ...(nth === 0 &&
            mark && {
              markArea: {
                silent: true,
                itemStyle: { color: theme.faint, opacity: 0.4 },
                data: [[{ xAxis: mark[0] }, { xAxis: mark[1] }]],
              },
            }),
        })),
    ),
  } as never);
  writeFileSync(file, `${chart.renderToSVGString()}\n`);
  chart.dispose();
}
