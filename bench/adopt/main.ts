// `node run.mjs adopt/main.ts`: what changes for those who adopt the adapters, on loopback, on Linux.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exchange, outage, type Row, skew, slow } from "./scenarios.ts";
import { Servers, serve } from "./servers.ts";

function print(title: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {});
  console.log(`\n${title}\n`);
  console.log(`| ${columns.join(" | ")} |\n|${columns.map(() => " --- |").join("")}`);
  for (const row of rows) console.log(`| ${columns.map((column) => row[column] ?? "").join(" | ")} |`);
}

async function main(): Promise<void> {
  const quick = process.argv.includes("--quick");
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const folder = mkdtempSync(join(tmpdir(), "bal-adopt-"));
  const hosts = join(folder, "hosts");
  const servers = new Servers();
  try {
    if (wants("skew")) {
      print("Two servers behind a name become six: share of the four new ones", await skew(servers, hosts));
    }
    if (wants("slow")) print("One of ten servers is 20 times slower", await slow(servers, quick ? 2_000 : 8_000));
    if (wants("outage")) print("All three servers are gone for 3 s, then back", await outage(servers, 1_000));
    if (wants("exchange")) {
      print("Four addresses of a name are exchanged one by one", await exchange(servers, hosts));
    }
  } finally {
    servers.close();
    rmSync(folder, { recursive: true });
  }
}

if (process.argv.includes("--serve")) serve();
else await main();
