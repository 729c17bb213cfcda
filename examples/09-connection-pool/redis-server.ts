// A Redis server on loopback that can be stopped and started again: Debian's, or a stand-in where that is not installed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export interface TestServer {
  /** What answers: "redis-server", or the stand-in. */
  readonly name: string;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a server; resolves when it accepts connections. */
export async function startServer(port: number): Promise<TestServer> {
  const redis = spawn(
    "redis-server",
    ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const started = new Promise<boolean>((resolve) => {
    redis.once("error", () => resolve(false));
    redis.once("exit", () => resolve(false));
    redis.stdout.on("data", (text) => {
      if (`${text}`.includes("Ready to accept connections")) resolve(true);
    });
  });
  if (!(await started)) return standIn(port);
  return {
    name: "redis-server",
    async stop() {
      const gone = once(redis, "exit");
      redis.kill("SIGKILL");
      await gone;
    },
  };
}

/** The few commands that the example sends. */
async function standIn(port: number): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      // A command: "*2", then each word behind its length, "$4", "PING".
      for (const command of `${data}`.split(/^\*\d+\r\n/m).slice(1)) {
        const [name, ...words] = command.split("\r\n").filter((line) => line !== "" && !line.startsWith("$"));
        if (name === "HELLO") socket.write("%1\r\n+proto\r\n:3\r\n");
        else if (name === "BLPOP") setTimeout(() => socket.write("_\r\n"), Number(words[1]) * 1_000);
        else socket.write(name === "CLIENT" && words[0] === "SETINFO" ? "+OK\r\n" : "-ERR unknown command\r\n");
      }
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    name: "a stand-in for redis-server, which is not installed",
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
