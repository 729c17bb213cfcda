// least is a picker, and a balance that uses it a service: the suites that every one of them runs.

import { list } from "@bal/discover";
import { least } from "@bal/least";
import { expectedDelay, pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pickerContract, serviceContract } from "@bal/service/testing";
import { describe, test } from "vitest";

describe("least is a picker", () => {
  for (const { name, run } of pickerContract((random) => least({ random }))) test(name, run);
});

for (const [title, layer] of Object.entries({ pending: pendingRequests(), expectedDelay: expectedDelay() })) {
  describe(`a balance that picks the least by ${title} is a service`, () => {
    const cases = serviceContract((backend) => balance(list([layer(backend)]), { picker: least() }));
    for (const { name, run } of cases) test(name, run);
  });
}
