// The part that all layers of this package share: what they do not change they pass on.

import { type CallOptions, checkService, type Service } from "@bal/service";

export class Wrapped<Req, Res, Inner extends Service<Req, Res> = Service<Req, Res>> implements Service<Req, Res> {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = checkService("inner", inner);
  }

  ready(): true | Promise<void> {
    return this.inner.ready();
  }

  call(request: Req, options?: CallOptions): Promise<Res> {
    return this.inner.call(request, options);
  }

  // Mostly without a promise of its own: of what one removal costs a balance that would be a tenth.
  close(): Promise<void> {
    return this.inner.close?.() ?? closed;
  }
}

const closed = Promise.resolve();
