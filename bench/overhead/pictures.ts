/** Draws what a request costs over the number of endpoints, bal beside tower, and how long requests take over HTTP. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as echarts from "echarts";
import type { OpenLoopRow } from "../http/main.ts";
import type { LoadName } from "./kinds.ts";
import type { Row } from "./rows.ts";

interface Theme {
  readonly name: "light" | "dark";
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly bal: string;
  readonly tower: string;
  readonly tuned: string;
}

const themes: readonly Theme[] = [
  {
    name: "light",
    background: "#ffffff",
    text: "#24292f",
    faint: "#d8dee4",
    bal: "#0050b3",
    tower: "#d55e00",
    tuned: "#e69f00",
  },
  {
    name: "dark",
    background: "#0d1117",
    text: "#e6edf3",
    faint: "#30363d",
    bal: "#5ea3ff",
    tower: "#ff8a3d",
    tuned: "#f0b93a",
  },
];

const panels: readonly { readonly title: string; readonly load: LoadName; readonly picker: string }[] = [
  { title: "constant, P2C", load: "constant", picker: "p2c" },
  { title: "pending, P2C", load: "pending", picker: "p2c" },
  { title: "peak EWMA, P2C", load: "peak", picker: "p2c" },
  { title: "expected delay, least (tower: peak EWMA)", load: "expected", picker: "least" },
];

const panel = { width: 330, height: 250 };

export function pictures(rows: readonly Row[], http: readonly OpenLoopRow[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const theme of themes) {
    const plain = rows.filter(({ shape }) => shape === "plain");
    if (plain.length > 0) draw(join(folder, `overhead-${theme.name}.svg`), 2 * panel.width, 540, cost(plain, theme));
    if (http.length > 0) draw(join(folder, `http-${theme.name}.svg`), 2 * panel.width, 300, latency(http, theme));
  }
}

function cost(rows: readonly Row[], theme: Theme): object {
  const axis = look(theme);
  const place = (index: number) => ({ left: (index % 2) * panel.width, top: (index >> 1) * panel.height });
  const series = panels.flatMap(({ load, picker }, index) => {
    const own = rows.filter((row) => row.load === load && row.picker === picker);
    const line = (name: string, color: string, value: (row: Row) => number | undefined) => ({
      type: "line",
      name,
      xAxisIndex: index,
      yAxisIndex: index,
      symbolSize: 5,
      itemStyle: { color },
      lineStyle: { color, width: name === "bal" ? 2.5 : 1.5 },
      data: own.map((row) => [row.endpoints, value(row)]).filter(([, ns]) => ns !== undefined && ns > 0),
    });
    return [
      line("tower", theme.tower, ({ tower, reference }) => tower ?? reference),
      line("tower, tuned build", theme.tuned, ({ tuned }) => tuned),
      line("bal", theme.bal, ({ bal }) => bal),
    ];
  });
  return {
    ...base(theme, ["bal", "tower", "tower, tuned build"]),
    title: panels.map(({ title }, index) => ({
      text: title,
      left: place(index).left + 12,
      top: place(index).top + 8,
      textStyle: { color: theme.text, fontSize: 12, fontWeight: 600 },
    })),
    grid: panels.map((_, index) => ({
      left: place(index).left + 52,
      top: place(index).top + 36,
      width: panel.width - 72,
      height: panel.height - 72,
    })),
    xAxis: panels.map((_, gridIndex) => ({
      type: "log",
      gridIndex,
      min: 2,
      ...axis,
      axisLabel: { ...axis.axisLabel, formatter: short },
    })),
    yAxis: panels.map((_, gridIndex) => ({
      type: "log",
      gridIndex,
      min: 50,
      ...axis,
      axisLabel: { ...axis.axisLabel, formatter: (ns: number) => (ns >= 1_000 ? `${ns / 1_000} µs` : `${ns} ns`) },
    })),
    series,
  };
}

function short(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000} M`;
  return count >= 1_000 ? `${count / 1_000} k` : String(count);
}

function latency(rows: readonly OpenLoopRow[], theme: Theme): object {
  const axis = look(theme);
  const colors = [theme.faint, theme.tuned, theme.tower];
  return {
    ...base(theme, ["p50", "p99", "p99.9"]),
    grid: { left: 230, top: 12, right: 24, bottom: 56 },
    xAxis: { type: "log", min: 1, ...axis, axisLabel: { ...axis.axisLabel, formatter: "{value} ms" } },
    yAxis: { type: "category", inverse: true, data: rows.map(({ name }) => name), ...axis },
    series: (["p50", "p99", "p999"] as const).map((which, index) => ({
      type: "bar",
      name: ["p50", "p99", "p99.9"][index]!,
      itemStyle: { color: colors[index]! },
      data: rows.map((row) => row[which]),
    })),
  };
}

function look({ faint, text }: Theme) {
  const line = { lineStyle: { color: faint } };
  return {
    axisLine: line,
    axisTick: { show: false },
    splitLine: line,
    minorSplitLine: { show: false },
    axisLabel: { color: text, fontSize: 10 },
  };
}

function base({ background, text }: Theme, data: readonly string[]): object {
  return {
    animation: false,
    backgroundColor: background,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    legend: { bottom: 4, itemWidth: 18, textStyle: { color: text, fontSize: 11 }, data },
  };
}

function draw(file: string, width: number, height: number, option: object): void {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(option as never);
  writeFileSync(file, `${chart.renderToSVGString()}\n`);
  chart.dispose();
}
