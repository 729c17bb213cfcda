// What the compiler infers without a word from the caller, and what it refuses.

import {
  type CallOptions,
  type Change,
  callAll,
  concurrencyLimit,
  type Discover,
  type Endpoint,
  type Layer,
  type Load,
  type Make,
  type Picker,
  type RequestOf,
  type ResponseOf,
  type Service,
  serviceFn,
  stack,
  waitingLine,
} from "@bal/service";
import { type MockCall, mockService } from "@bal/service/testing";
import { expectTypeOf, test } from "vitest";

const lengths = serviceFn(async (text: string) => text.length);

test("serviceFn takes request and response from the function", () => {
  expectTypeOf(lengths).toEqualTypeOf<Service<string, number>>();
  expectTypeOf(serviceFn((text: string) => text.length)).toEqualTypeOf<Service<string, number>>();
  expectTypeOf(serviceFn(() => 1)).toEqualTypeOf<Service<void, number>>();
  serviceFn((_: string, options) => expectTypeOf(options).toEqualTypeOf<CallOptions>());
  expectTypeOf(serviceFn(() => 1).call()).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error the request is a string
  void lengths.call(1);
  // @ts-expect-error the request is missing
  void lengths.call();
});

test("ready() is true or a promise, never false", () => {
  expectTypeOf(lengths.ready()).toEqualTypeOf<true | Promise<void>>();
  // @ts-expect-error false is no answer: what would whoever asks wait for?
  const wrong: Service<void, void> = { ready: () => false, call: async () => {} };
  void wrong;
});

test("a signal may be undefined, as it comes from options of one's own", () => {
  const through = (options: { signal?: AbortSignal }): Promise<number> => lengths.call("a", { signal: options.signal });
  expectTypeOf(through).returns.toEqualTypeOf<Promise<number>>();
});

test("callAll takes requests for the service and gives its responses", async () => {
  expectTypeOf(callAll(lengths, ["a", "b"])).toEqualTypeOf<AsyncIterable<number>>();
  for await (const length of callAll(lengths, new Set(["a"]), { ordered: false })) expectTypeOf(length).toBeNumber();
  // @ts-expect-error numbers are no requests of it
  callAll(lengths, [1, 2]);
  // @ts-expect-error no such option
  callAll(lengths, [], { parallel: 5 });
});

test("a limit keeps the types of the service below", () => {
  expectTypeOf(concurrencyLimit(1)(lengths)).toEqualTypeOf<Service<string, number>>();
});

test("stack joins layers whose ends fit", () => {
  const loaded = <S>(inner: S): S & Load => Object.assign(Object.create(inner as object), { load: () => 1 });
  const named = (inner: Service<string, number>): Service<string, string> => ({
    ready: () => inner.ready(),
    call: async (request) => String(await inner.call(request)),
  });
  const layer = stack(named, concurrencyLimit(3));
  expectTypeOf(layer(lengths)).toEqualTypeOf<Service<string, string>>();
  expectTypeOf(stack((s: Service<string, number>) => loaded(s), concurrencyLimit(3))(lengths)).toEqualTypeOf<
    Service<string, number> & Load
  >();
  expectTypeOf(stack<string>()).toEqualTypeOf<Layer<string>>();
  expectTypeOf(stack()(lengths)).toEqualTypeOf<Service<string, number>>();
  expectTypeOf(stack(concurrencyLimit(3), named)(lengths)).toEqualTypeOf<Service<string, string>>();
  // @ts-expect-error the outer one wants numbers for answers, the inner one gives strings
  stack(named, named)(lengths);
});

test("a stack of layers that fit any service fits any service", () => {
  const loaded = <Req, Res>(inner: Service<Req, Res>): Service<Req, Res> & Load => ({ ...inner, load: () => 1 });
  const layer = stack(loaded, concurrencyLimit(3), concurrencyLimit(2));
  expectTypeOf(layer(lengths)).toEqualTypeOf<Service<string, number> & Load>();
  expectTypeOf(layer(serviceFn((n: bigint) => n))).toEqualTypeOf<Service<bigint, bigint> & Load>();
  const halved = <Req, Res>(inner: Service<Req, Res> & Load): Service<Req, Res> & Load => ({ ...inner });
  expectTypeOf(stack(halved, loaded)(lengths)).toEqualTypeOf<Service<string, number> & Load>();
  expectTypeOf(stack(halved, loaded, concurrencyLimit(3))(lengths)).toEqualTypeOf<Service<string, number> & Load>();
  // @ts-expect-error nothing gives it the load that it changes
  stack(halved, concurrencyLimit(3))(lengths);
  // The load is hidden by a limit around it.
  expectTypeOf(stack(concurrencyLimit(3), loaded)(lengths)).toEqualTypeOf<Service<string, number>>();
  const ofFetch = <Req, Res extends Response>(inner: Service<Req, Res>): Service<Req, Res> & Load => loaded(inner);
  const bodies = stack(ofFetch, concurrencyLimit(3));
  expectTypeOf(bodies(serviceFn(async (url: string) => new Response(url)))).toEqualTypeOf<
    Service<string, Response> & Load
  >();
  // @ts-expect-error its answers are no responses of fetch
  bodies(lengths);
});

test("what a service takes and gives can be named", () => {
  expectTypeOf<RequestOf<typeof lengths>>().toEqualTypeOf<string>();
  expectTypeOf<ResponseOf<typeof lengths>>().toEqualTypeOf<number>();
  expectTypeOf<RequestOf<number>>().toEqualTypeOf<never>();
  expectTypeOf<ResponseOf<{ call(a: number): Promise<Date> }>>().toEqualTypeOf<Date>();
});

test("any service is a Service", () => {
  expectTypeOf<Service<string, number>>().toExtend<Service>();
  expectTypeOf<Service<{ a: 1 }, void>>().toExtend<Service>();
});

test("a change tells by its type whether a service comes with it", () => {
  const see = (change: Change<string, Service<string, number>>): void => {
    if (change.type === "insert") expectTypeOf(change.service).toEqualTypeOf<Service<string, number>>();
    // @ts-expect-error a removal brings none
    else change.service;
  };
  expectTypeOf(see).toBeFunction();
});

test("a discover may be an async generator's object", () => {
  const discover = async function* () {
    yield [{ type: "insert", key: "a", service: lengths }] as const;
  };
  expectTypeOf(discover()).toExtend<Discover<string, Service<string, number>>>();
});

test("a make answers with a service", () => {
  const connect = serviceFn(async (_host: string) => lengths);
  expectTypeOf(connect).toExtend<Make<string, Service<string, number>>>();
});

test("a picker that asks for loads will not do for endpoints without", () => {
  type Plain = Endpoint<string, Service<string, number>>;
  type Loaded = Endpoint<string, Service<string, number> & Load>;
  const first = <E extends Endpoint<unknown, unknown>>(): Picker<E> => ({
    add() {},
    delete() {},
    pick: () => undefined,
  });
  const least = <E extends Endpoint<unknown, Load>>(): Picker<E> => first<E>();
  expectTypeOf(first<Plain>()).toEqualTypeOf<Picker<Plain>>();
  expectTypeOf(least<Loaded>()).toEqualTypeOf<Picker<Loaded>>();
  // @ts-expect-error the service has no load()
  least<Plain>();
});

test("a waiting line keeps the types of its calls", () => {
  const line = waitingLine<string, number>();
  expectTypeOf(line.add("a")).toEqualTypeOf<Promise<number>>();
  expectTypeOf(line.shift()?.request).toEqualTypeOf<string | undefined>();
});

test("a mock has the types that it is given", () => {
  const { service, handle } = mockService<string, number>();
  expectTypeOf(service).toExtend<Service<string, number>>();
  expectTypeOf(handle.nextCall()).toEqualTypeOf<Promise<MockCall<string, number>>>();
  // @ts-expect-error answers are numbers
  handle.calls[0]?.respond("one");
});
