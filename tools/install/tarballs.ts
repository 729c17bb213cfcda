/** Packs the packages as npm would get them and installs the tarballs into empty projects, without a registry. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { core, type Manifest, packages, root } from "../checks/workspace.ts";

/** Each tarball by the name of its package. */
export type Tarballs = ReadonlyMap<string, string>;

export interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without input until it ends by itself; one that does not is killed and ends in code "ETIMEDOUT". */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  timeout = 60_000,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  const env = { ...environment, NO_COLOR: "1", FORCE_COLOR: undefined, NODE_OPTIONS: undefined };
  const options = { cwd, timeout, env, shell: process.platform === "win32" && program === "npm" };
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error ? (error.killed ? "ETIMEDOUT" : (error.code ?? 1)) : 0;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

async function must(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, cwd, 180_000);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} in ${cwd} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** A folder below the system's temporary one, removed when this process ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bal-install-")));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds and packs every package, and what any of them asks its user to bring along. */
export async function packAll(folder: string): Promise<Tarballs> {
  await must(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], root);
  const { pnpm } = await import("../../scripts/pnpm.mjs");
  const packed = pnpm("--recursive", "--filter=./packages/*", "pack", "--pack-destination", folder);
  if (packed.status !== 0) throw new Error(`${packed.command}:\n${packed.output}`);
  for (const peer of peers)
    await must(
      "npm",
      ["pack", "--ignore-scripts", realpathSync(join(root, "node_modules", peer)), "--pack-destination", folder],
      folder,
    );
  const files = readdirSync(folder);
  const names = [...packages.map(({ name }) => name), ...peers];
  return new Map(
    names.map((name) => {
      const stem = name.replace("@", "").replace("/", "-");
      const file = files.find((candidate) => candidate.startsWith(stem) && /^-\d/.test(candidate.slice(stem.length)));
      if (!file) throw new Error(`no tarball of ${name} among ${files.join(", ")}`);
      return [name, join(folder, file)];
    }),
  );
}

/** What the packages expect their user to have: installed from this workspace's own copy. */
const peers: readonly string[] = [
  ...new Set(packages.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}))),
];

export const peersOf = (manifest: Manifest): string[] => Object.keys(manifest.peerDependencies ?? {});

/** A project of its own with the named tarballs, under other names where `again` asks for a second copy. */
export async function install(
  project: string,
  tarballs: Tarballs,
  names: readonly string[],
  again: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = (name: string) => `file:${tarballs.get(name)}`;
  const dependencies = Object.fromEntries([
    ...names.map((name) => [name, file(name)]),
    ...Object.entries(again).map(([alias, name]) => [alias, file(name)]),
  ]);
  const overrides = Object.fromEntries(Object.keys(core).map((name) => [name, file(name)]));
  mkdirSync(project, { recursive: true });
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "user", private: true, dependencies, overrides }, null, 2),
  );
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  await must("npm", ["install", "--offline", ...quiet], project);
}

/** The packages found below `node_modules`, nested ones with their path. */
export function installed(project: string): string[] {
  const folder = join(project, "node_modules");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) =>
      entry.name.startsWith("@")
        ? readdirSync(join(folder, entry.name)).map((name) => `${entry.name}/${name}`)
        : [entry.name],
    )
    .flatMap((name) => {
      const nested = join(folder, name, "node_modules");
      let below: string[] = [];
      try {
        below = readdirSync(nested).map((inner) => `${name} > ${inner}`);
      } catch {}
      return [name, ...below];
    })
    .sort();
}
