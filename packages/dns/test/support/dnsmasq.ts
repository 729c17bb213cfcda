/** A real dnsmasq on loopback whose records can be changed, and servers on several addresses of this machine. */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function isInstalled(): boolean {
  if (process.platform !== "linux") return false; // elsewhere 127.0.0.2 is no address of the machine
  try {
    execFileSync("dnsmasq", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(() => resolve()));
  return port;
}

/** Serves names from a table that can be changed, with a TTL of one second. */
export async function startDnsmasq(records: Record<string, readonly string[]>, args: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "bal-dnsmasq-"));
  chmodSync(folder, 0o755); // it runs as nobody
  const hosts = join(folder, "hosts");
  const write = (table: Record<string, readonly string[]>) =>
    writeFileSync(
      hosts,
      Object.entries(table)
        .flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`))
        .join(""),
    );
  write(records);
  const port = await freePort();
  const child = spawn(
    "dnsmasq",
    [
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--pid-file=",
      `--port=${port}`,
      "--listen-address=127.0.0.1",
      "--bind-interfaces",
      "--no-resolv",
      "--no-hosts",
      `--addn-hosts=${hosts}`,
      "--local=/internal/",
      "--local-ttl=1",
      ...args,
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill();
    await ended;
  };
  onTestFinished(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });
  return {
    stop,
    server: `127.0.0.1:${port}`,
    change(table: Record<string, readonly string[]>) {
      write(table);
      child.kill("SIGHUP");
    },
  };
}

/** Servers with the same port on 127.0.0.2, 127.0.0.3, …, and how many requests each had. */
export async function startServers(count: number) {
  const addresses = Array.from({ length: count }, (_, index) => `127.0.0.${index + 2}`);
  const requests = new Map(addresses.map((address) => [address, 0]));
  const servers: Server[] = [];
  let port = 0;
  for (const address of addresses) {
    const server = createServer((_, response) => {
      requests.set(address, (requests.get(address) ?? 0) + 1);
      response.end("ok");
    });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
    port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  onTestFinished(async () => {
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });
  return { addresses, requests, port };
}
