// Ten real HTTP servers on loopback, each in a process of its own.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { maxima } from "./latencies.ts";
import type { ServerOrder } from "./server-process.ts";

export interface FleetOptions {
  readonly seed: number;
  /** Requests that a server works on at once. */
  readonly concurrency: number;
}

export interface FleetServer {
  readonly url: string;
  /** "s7 · 0–99 ms": which one it is, and how long it takes. */
  readonly name: string;
}

export interface Fleet extends AsyncDisposable {
  readonly servers: readonly FleetServer[];
  /** Every server draws the same times again from here on. */
  rewind(): void;
}

/** Starts the servers and resolves once all of them listen. They end when the fleet is disposed of or this process ends. */
export async function startFleet({ seed, concurrency }: FleetOptions): Promise<Fleet> {
  const processes: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(end));
  };
  try {
    const servers = await Promise.all(
      maxima.map(async (maxMs, index): Promise<FleetServer> => {
        const name = `s${index + 1} · ${maxMs === 1 ? "0" : `0–${maxMs - 1}`} ms`;
        const order: ServerOrder = { name, maxMs, concurrency, seed: seed * 100 + index };
        const child = fork(new URL("./server-process.js", import.meta.url), [JSON.stringify(order)], {
          execArgv: [],
          stdio: ["ignore", "ignore", "inherit", "ipc"],
        });
        processes.push(child);
        const port = await Promise.race([once(child, "message"), once(child, "exit").then(died)]);
        return { url: `http://127.0.0.1:${port[0]}`, name };
      }),
    );
    return {
      servers,
      rewind: () => {
        for (const child of processes) if (child.connected) child.send("rewind");
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function died([code, signal]: unknown[]): never {
  throw new Error(`a server of the fleet ended while it started (${signal ?? `exit code ${code}`})`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  if (child.connected) child.disconnect();
  else child.kill("SIGKILL");
  await gone;
}
