/** What the checks look at: the packages with their manifests, and the files that git knows. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The core, with what each of the two may itself depend on. */
export const core: Readonly<Record<string, readonly string[]>> = {
  "@bal/errors": [],
  "@bal/service": ["@bal/errors"],
};

/** Packages that adapt something of Node's and so may import from it. All others run anywhere. */
export const nodeOnly: readonly string[] = ["@bal/dns", "@bal/undici"];

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface Package {
  readonly folder: string;
  readonly name: string;
  readonly manifest: Manifest;
  /** Its sources, relative to the folder, with forward slashes. */
  readonly sources: readonly string[];
}

export const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");

function filesBelow(folder: string, prefix = ""): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name), `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
  );
}

export const packages: readonly Package[] = readdirSync(join(root, "packages"))
  .filter((name) => existsSync(join(root, "packages", name, "package.json")))
  .map((name) => {
    const folder = `packages/${name}`;
    const manifest: Manifest = JSON.parse(read(folder, "package.json"));
    const sources = filesBelow(join(root, folder, "src"), "src/").filter((file) => file.endsWith(".ts"));
    return { folder, name: manifest.name, manifest, sources };
  });

/** The files that git tracks, or would if they were added; relative to the root. */
export function trackedFiles(): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)));
}
