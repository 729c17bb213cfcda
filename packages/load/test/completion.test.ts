// When a request counts as over, and what its end says.

import { type Complete, expectedDelay, onBody, onResponse, peakEwma, pendingRequests } from "@bal/load";
import { room, type Service, serviceFn } from "@bal/service";
import { mockService, settle } from "@bal/service/testing";
import { expect, test } from "vitest";

const loads = { pendingRequests, peakEwma, expectedDelay };

for (const [name, measured] of Object.entries(loads)) {
  test(`L3: under ${name} with a completion that hands the handle on, the count stays until it is let go`, async () => {
    const handles: Complete[] = [];
    const { service: inner, handle } = mockService<number, string>();
    const service = measured({
      completion: (response: string, complete) => {
        handles.push(complete);
        return response;
      },
    })(inner);
    const answers = [service.call(1), service.call(2)];
    expect(service.pending).toBe(2);
    for (const call of handle.calls) call.respond(`to ${call.request}`);
    expect(await Promise.all(answers)).toEqual(["to 1", "to 2"]);
    expect(service.pending).toBe(2);
    handles[0]?.();
    expect(service.pending).toBe(1);
    handles[0]?.();
    handles[0]?.({ error: new Error("late") });
    expect(service.pending).toBe(1);
    handles[1]?.({ measured: false });
    expect(service.pending).toBe(0);
  });

  test(`${name} with a completion hands on what it returns, and failures as they are`, async () => {
    const { service: inner, handle } = mockService<number, string>();
    const service = measured({
      completion: (response: string, complete) => {
        complete();
        return response.toUpperCase();
      },
    })(inner);
    const [answer, failure] = [service.call(1), service.call(2)];
    handle.calls[1]?.reject("broken");
    handle.calls[0]?.respond("fine");
    expect(await answer).toBe("FINE");
    await expect(failure).rejects.toBe("broken");
    expect(service.pending).toBe(0);
  });

  test(`${name} with a completion that throws: the call rejects with it, and is over`, async () => {
    const service = measured({
      completion: (_: string) => {
        throw new Error("of the completion");
      },
    })(serviceFn(() => "fine"));
    const before = service.load();
    await expect(service.call()).rejects.toThrow("of the completion");
    expect(service.pending).toBe(0);
    expect(service.load()).toBeLessThanOrEqual(before);
  });

  test(`${name} gives back the endpoint's own promise, followed once, unless it has a completion of its own`, async () => {
    for (const options of [{}, { completion: onResponse }]) {
      let followed = 0;
      const promise = Promise.resolve("fine");
      // biome-ignore lint/suspicious/noThenProperty: counts who follows
      promise.then = ((fulfilled, rejected) => {
        followed += 1;
        return Promise.prototype.then.call(promise, fulfilled, rejected);
      }) as typeof promise.then;
      const inner: Service<void, string> = { ready: () => true, call: () => promise };
      const service = measured(options)(inner);
      expect(service.call()).toBe(promise);
      expect(followed).toBe(1);
      await settle();
      expect(service.pending).toBe(0);
    }
  });

  test(`${name} counts right beside an endpoint whose thenables settle twice`, async () => {
    const layer = measured();
    const double = (fulfilled: (value: string) => void): void => {
      fulfilled("once");
      fulfilled("twice");
    };
    // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
    const broken = layer({ ready: () => true, call: () => ({ then: double }) as unknown as Promise<string> });
    expect(await broken.call(undefined)).toBe("once");
    await settle();
    expect(broken.pending).toBe(0);
    const works = mockService<number, string>();
    const others = [layer(works.service), layer(works.service)] as const;
    const answers = [others[0].call(1), others[1].call(2)];
    for (const call of works.handle.calls) call.respond("fine");
    expect(await Promise.all(answers)).toEqual(["fine", "fine"]);
    expect(others.map(({ pending }) => pending)).toEqual([0, 0]);
    const stuck = layer({
      ready: () => true,
      call: () =>
        ({
          // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
          then() {
            throw new Error("of its then");
          },
        }) as unknown as Promise<string>,
    });
    await expect(stuck.call(undefined)).rejects.toThrow("of its then");
    expect(stuck.pending).toBe(0);
  });

  test(`${name} survives an endpoint that breaks the contract`, async () => {
    const inner: Service<void, string> = {
      ready: () => true,
      call: () => {
        throw new Error("thrown");
      },
    };
    const throwing = measured()(inner);
    await expect(throwing.call()).rejects.toThrow("thrown");
    expect(throwing.pending).toBe(0);
    const plain = measured()({ ready: () => true, call: () => "no promise" } as unknown as Service<void, string>);
    expect(await plain.call()).toBe("no promise");
    expect(plain.pending).toBe(0);
  });
}

test("a completion may end with a failure, which the load takes as a rejection", async () => {
  let complete: Complete = () => {};
  const asked: unknown[] = [];
  const service = peakEwma({
    now: () => 0,
    failed: (outcome) => {
      asked.push(outcome);
      return "error" in outcome && 7_000;
    },
    completion: (response: unknown, handle) => {
      complete = handle;
      return response;
    },
  })(serviceFn(() => "headers"));
  await service.call();
  complete({ error: "cut off" });
  expect(service.load()).toBe(7_000);
  expect(asked).toEqual([{ response: "headers" }, { error: "cut off" }]);
});

test.each(["text", 7, true, null, undefined, Symbol("s"), {}])("an end that is %o is an end", async (end) => {
  let time = 0;
  const waiting = room();
  const service = peakEwma({
    now: () => time,
    completion: (response: string, complete) => {
      void waiting.promise.then(() => complete(end as never));
      return response;
    },
  })(serviceFn(() => "headers"));
  await service.call();
  time += 50;
  waiting.resolve();
  await settle();
  expect([service.pending, service.load()]).toEqual([0, 50]);
});

test("a failure after the caller's abort is the abort", async () => {
  let time = 0;
  let complete: Complete = () => {};
  const service = peakEwma({
    now: () => time,
    completion: (response: string, handle) => {
      complete = handle;
      return response;
    },
  })(serviceFn(() => "headers"));
  const controller = new AbortController();
  await service.call(undefined, { signal: controller.signal });
  time += 50;
  controller.abort();
  complete({ error: controller.signal.reason });
  expect(service.load()).toBe(50);
});

test("an end that measures nothing leaves the estimate alone", async () => {
  let time = 0;
  let complete: Complete = () => {};
  for (const measured of [peakEwma, expectedDelay]) {
    const service = measured({
      now: () => time,
      completion: (response: string, handle) => {
        complete = handle;
        return response;
      },
    })(serviceFn(() => "headers"));
    await service.call();
    time += 1e6;
    complete({ measured: false });
    expect(service.load()).toBeLessThanOrEqual(10);
  }
});

test("onBody leaves a body that somebody else is reading to them", async () => {
  const response = new Response("text");
  response.body?.getReader();
  const service = pendingRequests({ completion: onBody })(serviceFn(() => response));
  expect(await service.call()).toBe(response);
  expect(service.pending).toBe(0);
});

test("onBody reads nothing before somebody does", async () => {
  const original = new Response("text");
  const service = pendingRequests({ completion: onBody })(serviceFn(() => original));
  const response = await service.call();
  expect(response.body?.locked).toBe(false);
  await settle();
  expect([original.body?.locked, original.bodyUsed]).toEqual([false, false]);
  await response.text();
  expect([original.body?.locked, original.bodyUsed]).toEqual([true, true]);
});

test("onBody passes on bodies that are no streams of bytes, and what breaks them", async () => {
  const service = pendingRequests({ completion: onBody })(
    serviceFn((fail: boolean) => {
      const chunks = ["a", "", "b"].map((text) => new TextEncoder().encode(text));
      return new Response(
        new ReadableStream({
          pull(controller) {
            const chunk = chunks.shift();
            if (chunk !== undefined) controller.enqueue(chunk);
            else if (fail) controller.error("broken");
            else controller.close();
          },
        }),
      );
    }),
  );
  expect(await (await service.call(false)).text()).toBe("ab");
  expect(service.pending).toBe(0);
  await expect((await service.call(true)).text()).rejects.toBe("broken");
  expect(service.pending).toBe(0);
});

test("under onBody a body that breaks is a failure, one that is dropped is no sample", async () => {
  const service = peakEwma({ now: () => 0, completion: onBody })(
    serviceFn(() => new Response(new ReadableStream({ pull: (controller) => controller.error("broken") }))),
  );
  await expect((await service.call()).text()).rejects.toBe("broken");
  expect(service.load()).toBe(1_000);
});
