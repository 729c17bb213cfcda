/** What `pnpm.mjs` offers to TypeScript. */
export declare const root: string;
export declare function putPnpmOnPath(): void;
export declare function pnpm(...args: string[]): {
  readonly status: number;
  readonly output: string;
  readonly command: string;
};
