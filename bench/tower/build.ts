/** Builds tower's side with cargo, from the crates registry or Debian's librust-tower-dev; says why it cannot. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export type Profile = "release" | "tuned";

const debian = "/usr/share/cargo/registry";

/** The program's path, or what is missing. */
export function build(bench: string, profile: Profile): { readonly file: string } | { readonly missing: string } {
  const folder = join(bench, "tower");
  const source = existsSync(join(debian, "tower-0.4.13"))
    ? [
        "--offline",
        "--config",
        'source.crates-io.replace-with="debian"',
        "--config",
        `source.debian.directory="${debian}"`,
      ]
    : [];
  const { status, error, stderr } = spawnSync("cargo", ["build", "--quiet", "--profile", profile, ...source], {
    cwd: folder,
    encoding: "utf8",
  });
  if (error !== undefined) return { missing: "cargo is not installed" };
  if (status !== 0) return { missing: `cargo could not build it: ${stderr.trim().split("\n").at(-1)}` };
  return { file: join(folder, "target", profile, "bal-bench-tower") };
}
