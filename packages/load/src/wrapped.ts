// The part that all layers of this package share: what they do not change they pass on.

import { checkMethods } from "@bal/errors";
import type { CallOptions, Service } from "@bal/service";

export class Wrapped<Req, Res, Inner extends Service<Req, Res> = Service<Req, Res>> implements Service<Req, Res> {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = checkMethods("inner", inner, ["ready", "call"]);
  }

  ready(): true | Promise<void> {
    return this.inner.ready();
  }

  call(request: Req, options?: CallOptions): Promise<Res> {
    return this.inner.call(request, options);
  }

  // Not async: of what one removal costs a balance, a promise more would be a tenth.
  close(): Promise<void> {
    try {
      return this.inner.close?.() ?? Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
