// The check that something handed in is a service.

import { checkMethods } from "@bal/errors";

/**
 * Returns `service` when it has `ready()` and `call()`. Cheap, since it runs for every endpoint that comes.
 *
 * @throws InvalidOptionError
 */
export function checkService<S>(option: string, service: S): S {
  const { ready, call } = (service ?? {}) as { readonly ready?: unknown; readonly call?: unknown };
  if (typeof ready === "function" && typeof call === "function") return service;
  return checkMethods(option, service, ["ready", "call"]);
}
