/** A balanced fetch keeps the contract of a service, with whatever sends the request as the work below. */
import { balancedFetch } from "@bal/fetch";
import { balance } from "@bal/p2c";
import type { Service } from "@bal/service";
import { serviceContract } from "@bal/service/testing";
import { test } from "vitest";

function asService(backend: Service<number, string>): Service<number, string> {
  const fetch = balancedFetch(["http://10.0.0.1"], {
    balance: (endpoints) => balance(endpoints),
    fetch: async (url, init) => {
      const { signal } = init ?? {};
      return new Response(await backend.call(Number(new URL(url).pathname.slice(1)), signal ? { signal } : {}));
    },
  });
  return {
    ready: () => fetch.balance.ready(),
    call: async (request, options = {}) => (await fetch(`/${request}`, options as RequestInit)).text(),
    close: async () => void (await Promise.all([fetch.close(), backend.close?.()])),
  };
}

const cases = serviceContract(asService, { showsRoom: false, fails: false });
test.each(cases)("$name", ({ run }) => run());
