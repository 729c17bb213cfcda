/** Lets players take turns, window by window, so that whatever the machine does meanwhile meets all of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How a player is started. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export interface Figure {
  /** The same request without a balancer, ns. */
  readonly bare: number;
  /** What the balancer adds, ns: the median over rounds of the least windows with it less the least without. */
  readonly added: number;
}

class Player {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly figures: Figure[] = [];

  constructor({ file, args }: Command) {
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async round(windows: number): Promise<void> {
    let bare = Infinity;
    let balanced = Infinity;
    for (let window = 0; window < windows; window += 1) {
      this.#child.stdin!.write("\n");
      const { value, done } = await this.#answers.next();
      if (done) throw new Error("a player left");
      const [without, by] = value.split(" ").map(Number) as [number, number];
      bare = Math.min(bare, without);
      balanced = Math.min(balanced, by);
    }
    this.figures.push({ bare, added: balanced - bare });
  }

  leave(): void {
    this.#child.stdin!.end();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Rounds of some windows, each player after the other. The first round warms up and is not counted. */
export async function duel(commands: readonly Command[], rounds: number, windows: number): Promise<Figure[]> {
  const players = commands.map((command) => new Player(command));
  for (let round = 0; round <= rounds; round += 1) {
    for (const player of players) await player.round(round === 0 ? 4 * windows : windows);
  }
  return players.map((player) => {
    player.leave();
    const counted = player.figures.slice(1);
    return { bare: median(counted.map(({ bare }) => bare)), added: median(counted.map(({ added }) => added)) };
  });
}
