// How the pool follows the load: a live chart in a terminal, plain lines elsewhere, and an SVG at the end.

import { writeFileSync } from "node:fs";

export interface Sample {
  readonly atMs: number;
  /** Tasks that arrived since the last sample, a second. */
  readonly arrivals: number;
  readonly size: number;
  readonly waitMs: number;
}

const rows = ["arrivals", "size", "waitMs"] as const;
const titles = { arrivals: "tasks a second", size: "threads", waitMs: "mean wait, ms" };
const blocks = " ▁▂▃▄▅▆▇█";

function spark(values: readonly number[], width: number): string {
  const most = Math.max(1, ...values);
  return Array.from(values.slice(-width), (value) => blocks[Math.ceil((value / most) * 8)]).join("");
}

/** Shows the samples so far: three rows in place in a terminal, else a line for each second. */
export function show(samples: readonly Sample[]): void {
  const last = samples.at(-1);
  if (last === undefined) return;
  const { stdout } = process;
  if (!stdout.isTTY) {
    if (samples.length % 10 === 0) {
      const { atMs, arrivals, size, waitMs } = last;
      console.log(
        `${(atMs / 1_000).toFixed(0).padStart(3)} s  ${arrivals.toFixed(0).padStart(4)} tasks/s  ${size} threads  ${waitMs.toFixed(1)} ms wait`,
      );
    }
    return;
  }
  if (samples.length > 1) stdout.write(`\x1b[${rows.length}F`);
  for (const row of rows) {
    const line = spark(
      samples.map((sample) => sample[row]),
      stdout.columns - 26,
    );
    stdout.write(`\x1b[2K${titles[row].padEnd(16)}${last[row].toFixed(0).padStart(6)}  ${line}\n`);
  }
}

/** Draws arrivals, size and wait over time, one below the other. */
export function draw(samples: readonly Sample[], file: URL): void {
  const [width, height, left, top] = [640, 110, 110, 14];
  const forMs = samples.at(-1)?.atMs ?? 1;
  const plots = rows.map((row, index) => {
    const most = Math.max(1, ...samples.map((sample) => sample[row]));
    const y0 = top + index * (height + 24);
    const x = (atMs: number): string => (left + (atMs / forMs) * width).toFixed(1);
    const y = (value: number): string => (y0 + height - (value / most) * height).toFixed(1);
    const line = samples.map((sample) => `L${x(sample.atMs)} ${y(sample[row])}`).join("");
    return `<text x="${left - 8}" y="${y0 + 12}" text-anchor="end">${titles[row]}</text>
<text x="${left - 8}" y="${y0 + 28}" text-anchor="end">up to ${most.toFixed(0)}</text>
<path d="M${left} ${y0}V${y0 + height}H${left + width}" stroke="#888" fill="none"/>
<path d="M${left} ${y(0)}${line}" stroke="#2563eb" stroke-width="1.5" fill="none"/>`;
  });
  const bottom = top + rows.length * (height + 24);
  plots.push(`<text x="${left + width}" y="${bottom}" text-anchor="end">${(forMs / 1_000).toFixed(1)} s</text>`);
  writeFileSync(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 20} ${bottom + 10}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${plots.join("\n")}
</svg>
`,
  );
}
