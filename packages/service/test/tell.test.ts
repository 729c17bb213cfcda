// tell: observers hear of things and can do no harm.

import { tell, uncaught } from "@bal/service";
import { afterEach, describe, expect, test, vi } from "vitest";

interface Observer {
  opened?(key: string, size: number): void;
  closed?(): void;
}

describe("tell", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("calls the hook with its arguments, as a method of the observer", () => {
    const heard: unknown[] = [];
    const observer: Observer = {
      opened(...args) {
        heard.push(this === observer, ...args);
      },
    };
    tell(observer, "opened", "a", 3);
    expect(heard).toEqual([true, "a", 3]);
  });

  test("takes no observer, or one without the hook, for nothing to do", () => {
    tell(undefined as Observer | undefined, "opened", "a", 3);
    tell({ opened() {} } as Observer, "closed");
    tell({ closed: undefined } as unknown as Observer, "closed");
  });

  test("lets a throw of the hook out on its own, not to who tells", () => {
    const later: (() => void)[] = [];
    vi.stubGlobal("queueMicrotask", (fn: () => void) => void later.push(fn));
    const failure = new Error("in the observer");
    tell(
      {
        closed: () => {
          throw failure;
        },
      } as Observer,
      "closed",
    );
    expect(later.length).toBe(1);
    expect(() => later[0]?.()).toThrow(failure);
  });

  test("uncaught() throws an error later and alone", () => {
    const later: (() => void)[] = [];
    vi.stubGlobal("queueMicrotask", (fn: () => void) => void later.push(fn));
    const failure = new Error("harms nobody");
    uncaught(failure);
    expect(later).toHaveLength(1);
    expect(later[0]).toThrow(failure);
  });
});
