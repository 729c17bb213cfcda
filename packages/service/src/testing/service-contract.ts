// The obligations of a Service, case by case.

import { isBalError } from "@bal/errors";
import type { CallOptions, Service } from "../service.ts";
import { type ContractCase, must, type Outcome, outcomeOf } from "./contract-case.ts";
import { type MockCall, type MockHandle, mockService } from "./mock-service.ts";
import { seededRandom } from "./seeded-random.ts";
import { settle as settlePromises } from "./settle.ts";

export interface ServiceContractOptions {
  /** Its `ready()` shows whether what is below has room. `true` unless given; `false` for one that is always ready. */
  readonly showsRoom?: boolean;
  /** When what is below fails for good, so does it. `true` unless given. */
  readonly fails?: boolean;
  /** It has `close()`, which also closes what is below. `true` unless given. */
  readonly closes?: boolean;
  /** Lets it do what it does by itself. All promises settle, unless given; add to that where it needs virtual time. */
  readonly settle?: () => Promise<void>;
}

interface Subject {
  readonly service: Service<number, string>;
  readonly handle: MockHandle<number, string>;
}

/**
 * One case for each obligation of `Service`.
 *
 * @example
 * ```ts
 * import { concurrencyLimit } from "@bal/service";
 * import { serviceContract } from "@bal/service/testing";
 *
 * // In a test file: for (const { name, run } of cases) test(name, run);
 * const cases = serviceContract((backend) => concurrencyLimit(3)(backend));
 * for (const { run } of cases) await run();
 * ```
 *
 * @param make builds the service under test so that `backend` does its work in the end: a layer around it, a balance
 * with it as the only endpoint, an adapter of it. Called once a case.
 */
export function serviceContract(
  make: (backend: Service<number, string>) => Service<number, string>,
  options: ServiceContractOptions = {},
): readonly ContractCase[] {
  const { showsRoom = true, fails = true, closes = true, settle = settlePromises } = options;

  const contractCase = (name: string, allow: number, check: (subject: Subject) => Promise<void>): ContractCase => ({
    name,
    async run() {
      const { service: backend, handle } = mockService<number, string>({ allow });
      const service = make(backend);
      await settle();
      try {
        await check({ service, handle });
      } finally {
        // What the case left waiting is no concern of the next one.
        if (service.close !== undefined) outcomeOf(service.close());
        for (const call of handle.calls) call.respond("late");
        await settle();
      }
    },
  });

  const always = [
    contractCase("asking ready() sends nothing", Infinity, async ({ service, handle }) => {
      for (let i = 0; i < 100; i++) must(service.ready() === true, "ready() was not true although there is room");
      await settle();
      must(handle.received === 0, "a request was sent by asking");
    }),
    contractCase("a call after ready() === true starts in the same run", Infinity, async ({ service, handle }) => {
      must(service.ready() === true, "ready() was not true although there is room");
      const answer = outcomeOf(service.call(1));
      must(handle.received === 1, "the call had not started when call() returned");
      handle.calls[0]?.respond("one");
      await settle();
      must(answer.value === "one", `the answer was not passed on: ${show(answer)}`);
    }),
    contractCase("the failure of a call is its own", Infinity, async ({ service, handle }) => {
      const failure = new Error("of this call");
      const answers = [outcomeOf(service.call(1)), outcomeOf(service.call(2))];
      await settle();
      find(handle, 1).reject(failure);
      find(handle, 2).respond("two");
      await settle();
      must(answers[0]?.error === failure, `the failure was not passed on as it is: ${show(answers[0])}`);
      must(answers[1]?.value === "two", `another call failed with it: ${show(answers[1])}`);
      must(service.ready() === true, "a call that failed left the service not ready");
    }),
    contractCase("calls that wait start first come, first served", 0, async ({ service, handle }) => {
      const answers = [1, 2, 3, 4].map((request) => outcomeOf(service.call(request)));
      await settle();
      must(handle.received === 0, "a call started without room");
      for (const expected of [1, 2, 3, 4]) {
        handle.allow(1);
        await settle();
        const started = handle.calls.map(({ request }) => request).join();
        must(started === String(expected), `expected ${expected} to be in flight, found ${started || "nothing"}`);
        handle.calls[0]?.respond(`to ${expected}`);
        await settle();
      }
      must(answers.map(({ value }) => value).join() === "to 1,to 2,to 3,to 4", "answers got mixed up");
    }),
    contractCase("an abort before the start rejects with the reason, unsent", Infinity, async ({ service, handle }) => {
      const reason = { why: "no longer needed" };
      const answer = outcomeOf(service.call(1, { signal: AbortSignal.abort(reason) }));
      await settle();
      must(answer.error === reason, `expected the signal's reason: ${show(answer)}`);
      must(handle.received === 0, "the request was sent all the same");
    }),
    contractCase(
      "an abort while waiting rejects with the reason and frees the turn",
      0,
      async ({ service, handle }) => {
        const controller = new AbortController();
        const aborted = outcomeOf(service.call(1, { signal: controller.signal }));
        const next = outcomeOf(service.call(2));
        await settle();
        controller.abort("changed my mind");
        await settle();
        must(aborted.error === "changed my mind", `expected the signal's reason: ${show(aborted)}`);
        handle.allow(1);
        await settle();
        must(handle.calls[0]?.request === 2, "the call behind the aborted one did not get its turn");
        handle.calls[0]?.respond("two");
        await settle();
        must(next.value === "two", `the call behind the aborted one was not answered: ${show(next)}`);
        must(handle.received === 1, "the aborted call was sent");
      },
    ),
    contractCase("an abort in flight reaches the work and rejects with the reason", Infinity, async (subject) => {
      const controller = new AbortController();
      const answer = outcomeOf(subject.service.call(1, { signal: controller.signal }));
      await settle();
      const { signal } = find(subject.handle, 1);
      const reason = new DOMException("enough", "AbortError");
      controller.abort(reason);
      await settle();
      must(signal?.aborted === true, "the signal was not passed on");
      must(answer.error === reason, `expected the signal's reason: ${show(answer)}`);
      must(subject.service.ready() === true, "an aborted call left the service not ready");
    }),
    contractCase("a call that has settled leaves no listener on its signal", 1, async ({ service, handle }) => {
      const counted = countedSignal();
      const answers = [1, 2, 3].map((request) => outcomeOf(service.call(request, { signal: counted.signal })));
      await settle();
      find(handle, 1).respond("one");
      await settle();
      handle.allow(2);
      await settle();
      find(handle, 2).respond("two");
      find(handle, 3).reject("three");
      await settle();
      must(
        answers.every(({ state }) => state !== "pending"),
        "a call did not settle",
      );
      must(counted.listeners() === 0, `${counted.listeners()} listeners were left`);
    }),
    contractCase("every call settles once, in whatever order things happen", 0, async ({ service, handle }) => {
      for (let seed = 1; seed <= 20; seed++) await storm(service, handle, settle, seed);
    }),
  ];

  const room = [
    contractCase("ready() without room is a promise that waits for room", 0, async ({ service, handle }) => {
      const ready = service.ready();
      must(ready !== true, "ready() was true without room");
      const answer = outcomeOf(ready);
      const another = outcomeOf(readiness(service));
      for (let turn = 0; turn < 10; turn++) await settle();
      must(answer.is("pending"), `it settled although nothing had changed: ${show(answer)}`);
      handle.allow(1);
      await settle();
      must(answer.is("fulfilled"), `room did not resolve it: ${show(answer)}`);
      must(another.is("fulfilled"), `room was told to one who asked, not to another: ${show(another)}`);
      must(service.ready() === true, "ready() was not true with room again");
      const called = outcomeOf(service.call(1));
      await settle();
      const again = service.ready();
      must(again !== true, "ready() was true with the room used up");
      const waits = outcomeOf(again);
      await settle();
      must(waits.is("pending"), "with the room used up ready() gave a promise that had resolved before");
      find(handle, 1).respond("one");
      await settle();
      must(called.value === "one", `the call was not answered: ${show(called)}`);
    }),
  ];

  const failing = [
    contractCase("a service that fails for good rejects who waits and who comes", 0, async ({ service, handle }) => {
      const answers: Outcome<unknown>[] = [outcomeOf(service.call(1)), outcomeOf(readiness(service))];
      await settle();
      handle.fail(new Error("gone for good"));
      await settle();
      answers.push(outcomeOf(service.call(2)), outcomeOf(readiness(service)));
      await settle();
      const broken = answers.find(({ state }) => state !== "rejected");
      must(broken === undefined, `call 1, ready(), call 2, ready() must all reject: ${answers.map(show).join(", ")}`);
    }),
  ];

  const closing = [
    contractCase("close() lets what runs finish, and resolves then", Infinity, async ({ service, handle }) => {
      const answer = outcomeOf(service.call(1));
      await settle();
      const closed = outcomeOf(close(service));
      await settle();
      must(closed.is("pending"), "close() settled before the call in flight");
      must(answer.is("pending"), `the call in flight was cut off: ${show(answer)}`);
      find(handle, 1).respond("one");
      await settle();
      must(answer.value === "one", `the call in flight lost its answer: ${show(answer)}`);
      must(closed.is("fulfilled"), `close() did not resolve: ${show(closed)}`);
      must(handle.closed > 0, "what is below was not closed");
    }),
    contractCase(
      "a closed service rejects who waits and who comes with ClosedError",
      0,
      async ({ service, handle }) => {
        const answers: Outcome<unknown>[] = [outcomeOf(service.call(1))];
        await settle();
        const closed = outcomeOf(close(service));
        answers.push(outcomeOf(service.call(2)), outcomeOf(readiness(service)));
        await settle();
        answers.push(outcomeOf(service.call(3)), outcomeOf(readiness(service)));
        await settle();
        const broken = answers.find(({ error }) => !isBalError(error, "BAL_CLOSED"));
        must(broken === undefined, `expected ClosedError: ${broken && show(broken)}`);
        must(closed.is("fulfilled"), `close() did not resolve: ${show(closed)}`);
        must(handle.received === 0, "a call was sent all the same");
      },
    ),
    contractCase("after close() an aborted signal still goes first", Infinity, async ({ service }) => {
      outcomeOf(close(service));
      await settle();
      const answer = outcomeOf(service.call(1, { signal: AbortSignal.abort("mine") }));
      await settle();
      must(answer.error === "mine", `expected the signal's reason: ${show(answer)}`);
    }),
    contractCase("close() may be called again", Infinity, async ({ service }) => {
      const closed = [outcomeOf(close(service)), outcomeOf(close(service))];
      await settle();
      closed.push(outcomeOf(close(service)));
      await settle();
      const broken = closed.find(({ state }) => state !== "fulfilled");
      must(broken === undefined, `close() did not resolve each time: ${broken && show(broken)}`);
    }),
  ];

  return [...always, ...(showsRoom ? room : []), ...(fails ? failing : []), ...(closes ? closing : [])];
}

/** Calls, aborts, answers, failures and room, in the order that `seed` gives; then all is answered and looked through. */
async function storm(
  service: Service<number, string>,
  handle: MockHandle<number, string>,
  settle: () => Promise<void>,
  seed: number,
): Promise<void> {
  const random = seededRandom(seed);
  const sent: { readonly answer: Outcome<string>; readonly controller: AbortController }[] = [];
  const started = new Set<number>();
  const look = (): void => {
    for (const { request } of handle.calls) started.add(request);
  };
  const any = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  for (let step = 0; step < 60; step++) {
    const chance = random();
    if (chance < 0.4) {
      const controller = new AbortController();
      sent.push({ answer: outcomeOf(service.call(sent.length, { signal: controller.signal })), controller });
    } else if (chance < 0.5) any(sent)?.controller.abort("aborted");
    else if (chance < 0.65) any(handle.calls)?.respond("answered");
    else if (chance < 0.75) any(handle.calls)?.reject("failed");
    else handle.allow(Math.floor(random() * 3));
    if (random() < 0.7) await settle();
    look();
  }
  while (handle.waiting > 0 || handle.calls.length > 0 || sent.some(({ answer }) => answer.is("pending"))) {
    const before = handle.received;
    handle.allow(1);
    await settle();
    look();
    const answered = handle.calls.length;
    for (const call of handle.calls) call.respond("answered");
    await settle();
    must(answered > 0 || handle.received > before, `seed ${seed}: a call neither started nor settled`);
  }
  handle.allow(0);
  await settle();
  const order = [...started];
  must(
    order.every((request, i) => i === 0 || order[i - 1]! < request),
    `seed ${seed}: the calls started in the order ${order.join()}`,
  );
  sent.forEach(({ answer, controller }, request) => {
    const { state, value, error } = answer;
    const right = state === "fulfilled" ? value === "answered" : error === "failed" || error === "aborted";
    must(right, `seed ${seed}: call ${request} came to ${show(answer)}`);
    must(error !== "aborted" || controller.signal.aborted, `seed ${seed}: call ${request} got another's abort`);
    must(state !== "fulfilled" || started.has(request), `seed ${seed}: call ${request} was answered but never sent`);
  });
}

function find(handle: MockHandle<number, string>, request: number): MockCall<number, string> {
  const call = handle.calls.find((each) => each.request === request);
  must(call !== undefined, `request ${request} is not in flight`);
  return call;
}

async function readiness(service: Service<number, string>): Promise<void> {
  await service.ready();
}

function close(service: Service<number, string>): Promise<void> {
  must(service.close !== undefined, "it has no close()");
  return service.close();
}

function countedSignal(): { readonly signal: AbortSignal; listeners(): number } {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<CallOptionsSignal["addEventListener"]>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<CallOptionsSignal["removeEventListener"]>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return { signal, listeners: () => listeners.size };
}

type CallOptionsSignal = NonNullable<CallOptions["signal"]>;

function show(outcome: Outcome<unknown> | undefined): string {
  if (outcome === undefined) return "nothing";
  if (outcome.is("pending")) return "still pending";
  return outcome.is("fulfilled") ? `fulfilled with ${String(outcome.value)}` : `rejected with ${outcome.error}`;
}
