/** The interceptor balances on any dispatcher that serves any origin, and composes with others. */
import { peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import { balanced, balancedDispatcher, type TargetsOf } from "@bal/undici";
import { Agent, fetch, interceptors, request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { inTurn } from "./support/balanced.ts";
import { deadOrigin, startServer } from "./support/servers.ts";

const origin = "http://users.internal";

function composed(targets: TargetsOf) {
  const agent = new Agent();
  const interceptor = balanced({ targets, balance: inTurn });
  onTestFinished(async () => {
    await interceptor[Symbol.asyncDispose]();
    await agent.destroy();
  });
  return { interceptor, agent };
}

test("requests spread over the endpoints, with the caller's host", async () => {
  const servers = [await startServer(), await startServer()];
  const { agent, interceptor } = composed(servers.map((server) => server.origin));
  const dispatcher = agent.compose(interceptor);
  for (let i = 0; i < 2; i++) await (await request(`${origin}/a`, { dispatcher })).body.text();
  for (let i = 0; i < 2; i++) expect(await (await fetch(`${origin}/b`, { dispatcher })).text()).toBe("ok");
  for (const { requests } of servers) expect(requests).toEqual(["GET /a users.internal", "GET /b users.internal"]);
  expect(interceptor.endpoints()).toMatchObject([
    { running: 0, ready: true },
    { running: 0, ready: true },
  ]);
});

test("an origin that is not balanced goes on as it came", async () => {
  const [a, b] = [await startServer(), await startServer()];
  const { agent, interceptor } = composed(({ host }) => (host === "users.internal" ? [a.origin] : undefined));
  const dispatcher = agent.compose(interceptor);
  await (await request(origin, { dispatcher })).body.text();
  await (await request(b.origin, { dispatcher })).body.text();
  expect(a.requests).toEqual(["GET / users.internal"]);
  expect(b.requests).toEqual([`GET / 127.0.0.1:${b.port}`]);
});

test("a request that got no connection moves", async () => {
  const living = await startServer();
  const { agent, interceptor } = composed([await deadOrigin(), living.origin]);
  const dispatcher = agent.compose(interceptor);
  for (let i = 0; i < 6; i++) await (await request(origin, { dispatcher })).body.text();
  expect(living.requests.length).toBe(6);
  expect(interceptor.endpoints().filter(({ reachable }) => reachable).length).toBe(1);
});

test("it composes with undici's own interceptors", async () => {
  const failing = await startServer((_, response) => void response.writeHead(503).end());
  const fine = await startServer((message, response) => {
    if (message.url === "/from") response.writeHead(302, { location: "/to" }).end();
    else response.end("there");
  });
  const { agent, interceptor } = composed([failing.origin, fine.origin]);
  const dispatcher = agent.compose(
    interceptor,
    interceptors.retry({ minTimeout: 1 }),
    interceptors.redirect({ maxRedirections: 3 }),
  );
  for (let i = 0; i < 3; i++) expect(await (await request(`${origin}/from`, { dispatcher })).body.text()).toBe("there");
});

test("a load goes around each endpoint, and counts failures of the answers as it is told", async () => {
  const outcomes: unknown[] = [];
  const server = await startServer((_, response) => void response.writeHead(503, { "retry-after": "2" }).end());
  const failed = ({ response }: { response?: { status: number; headers: { get(name: string): string | null } } }) => {
    outcomes.push([response?.status, response?.headers.get("retry-after"), response?.headers.get("absent")]);
    return true;
  };
  const interceptor = balanced({
    targets: [server.origin],
    balance: (endpoints) => balance(endpoints),
    load: peakEwma({ failed: failed as never }),
  });
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const dispatcher = agent.compose(interceptor);
  await (await request(origin, { dispatcher })).body.text();
  await (await dispatcher.request({ origin, path: "/", method: "GET" })).body.text();
  expect(outcomes).toEqual(Array(2).fill([503, "2", null]));
});

test.each([
  [{ targets: [] }, "targets: expected one endpoint or more"],
  [{ targets: ["users.internal:80"] }, "an endpoint: expected an origin like"],
  [{ targets: [{ address: "10.0.0.1" }] }, "an endpoint: expected an origin like"],
  [{ targets: 1 }, "targets: expected an object with"],
  [{ balance: undefined }, "balance: expected a function"],
  [{ concurrency: 0 }, "concurrency: expected a whole number from 1"],
  [{ backoffMs: 0 }, "backoffMs: expected a number above 0"],
  [{ schedule: 1 }, "schedule: expected a function"],
])("%j is refused at once", (options, message) => {
  expect(() => balanced({ targets: ["http://a"], balance: inTurn, ...options } as never)).toThrow(message);
});

test.each([null, undefined, 5])("options that are %j are refused at once, in both forms", (options) => {
  expect(() => balanced(options as never)).toThrow("options: expected an object");
  expect(() => balancedDispatcher(["http://a"], options as never)).toThrow("options: expected an object");
});
