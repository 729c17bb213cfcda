// The completion for fetch: a request is over when its body is.

import type { Complete } from "./completion.ts";
import { passOn } from "./pass-on.ts";

/** Completes for a body that nobody can read any more; the load learns nothing but that. */
const garbage: FinalizationRegistry<Complete> | undefined =
  globalThis.FinalizationRegistry && new FinalizationRegistry((complete) => complete({ measured: false }));

/**
 * A request counts as over when the body of its `Response` has been read to the end, has failed (which the load takes as
 * a failure of the request) or has been cancelled; at the latest when the response is garbage, of which the load learns
 * nothing. Without a body it is over at once. Of a response that was cloned, or a body that was teed, one copy read to
 * the end is enough, since then all has arrived; cancelled must be all of them.
 *
 * The caller gets a `Response` over the same body, with the type, headers, url and status of the one that fetch gave.
 */
export const onBody = (response: Response, complete: Complete): Response => {
  if (!response.body || response.bodyUsed || response.body.locked) {
    complete();
    return response;
  }
  const body = passOn(response, complete);
  garbage?.register(body, complete);
  // There are others than the platform's: undici's, for one.
  const Made = response instanceof Response ? Response : (response as Response).constructor;
  return alike(response, new (Made as typeof Response)(body, response));
};

/** What a `Response` that is made anew would lose. */
type Kept = Pick<Response, "url" | "type" | "redirected" | "headers">;

function alike({ url, type, redirected, headers }: Kept, made: Response): Response {
  const natively = made.clone;
  const clone = (): Response => {
    const own = new (headers.constructor as typeof Headers)(headers);
    return alike({ url, type, redirected, headers: own }, natively.call(made));
  };
  const values = { url, type, redirected, headers, clone };
  for (const [name, value] of Object.entries(values)) Object.defineProperty(made, name, { value });
  return made;
}
