// What types infer, and what must not compile.

import {
  type EndpointSet,
  type Entries,
  endpointSet,
  list,
  mapEndpoints,
  merge,
  type Poll,
  type PollOptions,
  poll,
} from "@bal/discover";
import { type Discover, type Service, serviceFn } from "@bal/service";
import { expectTypeOf, test } from "vitest";

interface Client extends Service<string, number> {
  readonly host: string;
}
declare const client: Client;

test("a list has the numbers as keys and the services as they are", () => {
  expectTypeOf(list([client])).toEqualTypeOf<Discover<number, Client>>();
  expectTypeOf(list(new Set(["a"]))).toEqualTypeOf<Discover<number, string>>();
  // @ts-expect-error one service is no list
  list(client);
});

test("a set infers keys and services from a Map, pairs or an object", () => {
  expectTypeOf(endpointSet(new Map([[1, client]]))).toEqualTypeOf<EndpointSet<number, Client>>();
  expectTypeOf(endpointSet([["a", client]])).toEqualTypeOf<EndpointSet<string, Client>>();
  expectTypeOf(endpointSet({ a: client })).toEqualTypeOf<EndpointSet<string, Client>>();
  expectTypeOf(endpointSet<string, Client>()).toEqualTypeOf<EndpointSet<string, Client>>();
  expectTypeOf(endpointSet<string, Client>({ a: client })).toEqualTypeOf<EndpointSet<string, Client>>();
  expectTypeOf<EndpointSet<string, Client>>().toExtend<Discover<string, Client>>();
});

test("a set takes no other keys and services than its own", () => {
  const set = endpointSet<string, Client>();
  set.reset({ a: client });
  set.reset([["a", client]]);
  // @ts-expect-error a key of another type
  set.insert(1, client);
  const other = serviceFn(async (n: number) => n);
  // @ts-expect-error a service of another type
  set.insert("a", other);
  // @ts-expect-error services without keys
  set.reset([client]);
  // @ts-expect-error keys of a plain object are strings
  endpointSet<number, Client>({ 1: client });
  expectTypeOf<Entries<number, Client>>().toEqualTypeOf<Iterable<readonly [number, Client]>>();
});

test("a mapped discover keeps the keys and has what the layer returns", () => {
  const origins = endpointSet({ a: "http://a" });
  const mapped = mapEndpoints(origins, (origin, key) => {
    expectTypeOf(origin).toEqualTypeOf<string>();
    expectTypeOf(key).toEqualTypeOf<string>();
    return client;
  });
  expectTypeOf(mapped).toEqualTypeOf<Discover<string, Client>>();
  const generic = <S extends Service<string, number>>(inner: S): S & { load(): number } =>
    Object.assign(inner, { load: () => 0 });
  expectTypeOf(mapEndpoints(mapped, generic)).toEqualTypeOf<Discover<string, Client & { load(): number }>>();
  // @ts-expect-error a layer for other services
  mapEndpoints(origins, (n: number) => n);
});

test("discovers that are merged have one type of key and of service", () => {
  expectTypeOf(merge(endpointSet({ a: client }), endpointSet({ b: client }))).toEqualTypeOf<Discover<string, Client>>();
  // @ts-expect-error keys of two types
  merge(list([client]), endpointSet({ a: client }));
});

test("a poll infers keys and values from what the lookup answers, promised or not", () => {
  expectTypeOf(poll(() => new Map([[1, client]]))).toEqualTypeOf<Poll<number, Client>>();
  expectTypeOf(poll(async () => [["a", 80]])).toEqualTypeOf<Poll<string, number>>();
  expectTypeOf(poll(async () => ({ a: 80 }))).toEqualTypeOf<Poll<string, number>>();
  const lookup = async (signal: AbortSignal): Promise<Record<string, number>> => ({ a: signal.aborted ? 0 : 1 });
  expectTypeOf(poll(lookup)).toEqualTypeOf<Poll<string, number>>();
  expectTypeOf(poll((signal) => ({ a: signal.aborted }))).toEqualTypeOf<Poll<string, boolean>>();
});

test("the options of a poll know its values and its answer", () => {
  poll(async () => Object.assign(new Map([["a", { port: 80 }]]), { ttlMs: 5 }), {
    intervalMs: (answer) => answer.ttlMs,
    same: (known, found) => known.port === found.port,
  });
  // @ts-expect-error the answer has no ttlMs
  poll(async () => new Map([["a", 80]]), { intervalMs: (answer) => answer.ttlMs });
  // @ts-expect-error the values have no port
  poll(async () => ({ a: 80 }), { same: (known, found) => known.port === found.port });
  // @ts-expect-error an answer without keys
  poll(async () => 80);
  expectTypeOf<PollOptions["graceMs"]>().toEqualTypeOf<number | undefined>();
});
