// Shows how the comparison goes: a frame that renews itself on a terminal, plain lines elsewhere.

import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { Show } from "../compare/compare.ts";
import type { StrategyResult } from "../compare/result.ts";
import type { Strategy } from "../strategies/strategies.ts";
import type { Progress } from "../traffic/drive.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { ms } from "./table.ts";

export interface ProgressOptions {
  readonly out: NodeJS.WriteStream;
  readonly upstreams: readonly Upstream[];
  readonly strategies: number;
  readonly durationMs: number;
}

export function progressOf(options: ProgressOptions): Show {
  return options.out.isTTY && options.out.rows > 13 ? onTerminal(options) : inLines(options);
}

function inLines({ out, strategies }: ProgressOptions): Show {
  const say = (line: string): void => {
    out.write(`${line}\n`);
  };
  let title = "";
  let told = 0;
  return {
    warmingUp: () => say("warming up"),
    begun(strategy: Strategy, place: number) {
      title = strategy.title;
      told = 0;
      say(`${place + 1}/${strategies} ${title}`);
    },
    progress({ sent, answered, errors }: Progress, elapsedMs: number) {
      const second = Math.floor(elapsedMs / 1000);
      if (second < told + 2) return;
      told = second;
      say(`    ${second} s: ${sent} sent, ${answered} answered, ${errors} errors`);
    },
    done: (result: StrategyResult) => say(`    ${summary(result)}`),
  };
}

function onTerminal({ out, upstreams, strategies, durationMs }: ProgressOptions): Show {
  const frame = createLogUpdate(out, { showCursor: true });
  const colour = (format: Parameters<typeof styleText>[0], text: string): string =>
    out.hasColors() ? styleText(format, text) : text;
  let title = "";
  let number = 0;
  return {
    warmingUp: () => frame(colour("dim", "warming up …")),
    begun(strategy, place) {
      title = strategy.title;
      number = place + 1;
    },
    progress({ sent, answered, errors }, elapsedMs) {
      const all = upstreams.reduce((sum, { requests }) => sum + requests, 0) || 1;
      const bars = upstreams.map(({ name, requests, inFlight }) => {
        const share = requests / all;
        return `  ${name.padEnd(14)} ${colour("cyan", bar(share / 0.4, 24))} ${percent(share)}  ${String(inFlight).padStart(3)} in flight`;
      });
      const part = Math.min(1, elapsedMs / durationMs);
      const failed = errors > 0 ? colour("red", `, ${errors} errors`) : "";
      frame(
        [
          `${colour("bold", `${number}/${strategies} ${title}`)}`,
          `  ${colour("green", bar(part, 40))} ${answered} of ${sent} answered${failed}`,
          ...bars,
        ].join("\n"),
      );
    },
    done(result) {
      frame.clear();
      frame.done();
      out.write(`${colour("green", "✓")} ${result.title.padEnd(22)} ${colour("dim", summary(result))}\n`);
    },
  };
}

function summary({ requests, errors, p50, p99, p999 }: StrategyResult): string {
  return `${requests} requests, ${errors} errors, p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1).padStart(5)} %`;
}

/** `part` of `width` cells filled, in steps of an eighth of a cell. */
function bar(part: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, part)) * width * 8);
  const full = "█".repeat(Math.floor(eighths / 8));
  const rest = eighths % 8 === 0 ? "" : " ▏▎▍▌▋▊▉".charAt(eighths % 8);
  return (full + rest).padEnd(width, "·");
}
