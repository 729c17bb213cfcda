// A worker thread as a service: one task at a time, its end noticed, an abort obeyed or the thread ended.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type CallOptions, type Room, room, type Service } from "@bal/service";
import type { Done, Task } from "./hash-thread.ts";

/** A task, and whoever wants to hear that it starts. */
export interface Request extends Task {
  started?(): void;
}

interface Work {
  resolve(done: Done): void;
  reject(error: unknown): void;
}

/** How long a thread that is to stop may take, in ms; after that it is ended, and the pool replaces it. */
const stopMs = 200;

class Thread implements Service<Request, Done> {
  readonly #worker: Worker;
  readonly #stop: Int32Array;
  #task: Work | undefined;
  #room: Room | undefined;
  #end: { readonly error: Error } | undefined;

  constructor(worker: Worker, stop: Int32Array) {
    this.#worker = worker;
    this.#stop = stop;
    worker.on("message", (done: Done) => {
      this.#settle()?.resolve(done);
      this.#room?.resolve();
      this.#room = undefined;
    });
    worker.on("error", (error) => this.#ended(error));
    worker.on("exit", (code) => this.#ended(new Error(`the thread ended with code ${code}`)));
  }

  ready(): true | Promise<void> {
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    if (this.#task === undefined) return true;
    this.#room ??= room();
    return this.#room.promise;
  }

  async call({ started, ...task }: Request, { signal }: CallOptions = {}): Promise<Done> {
    if (this.#end !== undefined) throw this.#end.error;
    if (this.#task !== undefined) throw new Error("the thread is at work: ask ready() first, as a balancer does");
    started?.();
    Atomics.store(this.#stop, 0, 0);
    let last: NodeJS.Timeout | undefined;
    const abort = (): void => {
      Atomics.store(this.#stop, 0, 1);
      last = setTimeout(() => void this.#worker.terminate(), stopMs);
    };
    signal?.addEventListener("abort", abort);
    try {
      const done = await new Promise<Done>((resolve, reject) => {
        this.#task = { resolve, reject };
        this.#worker.postMessage(task, [task.data]);
      });
      signal?.throwIfAborted();
      return done;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      clearTimeout(last);
      signal?.removeEventListener("abort", abort);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(): Work | undefined {
    const task = this.#task;
    this.#task = undefined;
    return task;
  }

  #ended(error: Error): void {
    this.#end ??= { error };
    this.#settle()?.reject(error);
    this.#room?.reject(error);
    this.#room = undefined;
  }
}

/** Starts a thread; resolves when it runs. An abort ends it. */
export async function startThread(file: URL, { signal }: CallOptions = {}): Promise<Thread> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(file, { workerData: stop });
  try {
    await once(worker, "online", signal === undefined ? {} : { signal });
    return new Thread(worker, stop);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}
