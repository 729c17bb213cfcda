// The completion for fetch: a request is over when its body is.

import type { Complete } from "./completion.ts";
import { followBody } from "./follow-body.ts";
import { Transfer } from "./transfer.ts";

/**
 * A request counts as over when the body of its `Response` has been read to the end, has failed (which the load takes as
 * a failure of the request) or has been cancelled; at the latest when the response is garbage, of which the load learns
 * nothing but that. Without a body it is over at once. Of a response that was cloned one copy read to the end is enough,
 * since then all has arrived; cancelled or garbage must be all of them.
 *
 * The response stays the object that fetch made, with its type, headers, url and status; its body and the methods that
 * read it are replaced on that object. What reads it past them (`Response.prototype.text.call(response)`, `cache.put`)
 * goes unseen: then the request is over when the response is garbage.
 */
export const onBody = (response: Response, complete: Complete): Response => {
  if (response.body === null || response.bodyUsed) complete();
  else followBody(response, new Transfer(complete));
  return response;
};
