// The gateway as a program of its own, as `npm start` runs it.

import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const folder = fileURLToPath(new URL("../..", import.meta.url));
const tsc = fileURLToPath(new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url));

export function build(): void {
  execFileSync(process.execPath, [tsc, "-b", folder]);
}

export interface Program {
  stdout: string;
  stderr: string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the match once the output so far has one; rejects when the program ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

export function start(...args: string[]): Program {
  const child = spawn(process.execPath, [`${folder}/dist/main.js`, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const listeners = new Set<() => void>();
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const program: Program = {
    stdout: "",
    stderr: "",
    ended,
    kill: (signal) => void child.kill(signal),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(program.stdout);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then((code) => reject(new Error(`ended with ${code}: ${program.stdout}${program.stderr}`)));
      }),
  };
  child.stdout.on("data", (chunk: Buffer) => {
    program.stdout += chunk.toString();
    for (const look of listeners) look();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    program.stderr += chunk.toString();
  });
  return program;
}
