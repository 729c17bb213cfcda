// onBody in a browser, on what it fetches itself.

import { onBody, pendingRequests } from "@bal/load";
import { serviceFn } from "@bal/service";
import { expect, test } from "vitest";

// This file, as the browser got it.
const page = import.meta.url;
const service = () => pendingRequests({ completion: onBody })(serviceFn((url: string) => fetch(url)));

test("a request is pending until its body has been read, and the response is fetch's in all but its body", async () => {
  const counted = service();
  const response = await counted.call(page);
  expect(counted.load()).toBe(1);
  expect(response).toBeInstanceOf(Response);
  const { status, type, url, redirected, ok } = response;
  expect({ status, type, url, redirected, ok }).toEqual({
    status: 200,
    type: "basic",
    url: page,
    redirected: false,
    ok: true,
  });
  expect(response.headers.get("content-type")).toMatch(/javascript/);
  expect(await response.text()).toContain("onBody");
  expect(response.bodyUsed).toBe(true);
  expect(counted.load()).toBe(0);
});

test("a clone, a stream, and a cancel", async () => {
  const counted = service();
  const response = await counted.call(page);
  const clone = response.clone();
  expect([clone.url, clone.type]).toEqual([page, "basic"]);
  const text = await clone.text();
  expect(counted.load()).toBe(0);
  expect(await response.text()).toBe(text);

  const streamed = await counted.call(page);
  const reader = streamed.body?.getReader({ mode: "byob" });
  let length = 0;
  for (;;) {
    const read = await reader?.read(new Uint8Array(1_000));
    length += read?.value?.length ?? 0;
    if (read?.done ?? true) break;
  }
  expect(length).toBe(new TextEncoder().encode(text).length);
  expect(counted.load()).toBe(0);

  const left = await counted.call(page);
  expect(counted.load()).toBe(1);
  await left.body?.cancel();
  expect(counted.load()).toBe(0);
});
