import { setImmediate } from "node:timers/promises";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { buildPolicy } from "../policy/build-policy.ts";
import { CompiledTexts } from "../policy/compiled-texts.ts";
import type { Policy } from "../policy/policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { PolicyAnswer, PolicyJob } from "./policy-job.ts";
import { joinModel, type PolicyPart } from "./policy-parts.ts";

/** What became of a file. `changed`: it is not the one that was meant any more. `same`: it gives the policy it gave before. */
export type ThreadResult =
  | { readonly status: "read"; readonly policy: Policy }
  | { readonly status: "same" }
  | { readonly status: "changed" };

/**
 * Reads policy files beside the thread that decides calls, which only builds the result, a little at a time. One file
 * at a time. The thread is started when there is something to read, and stopped a second after.
 */
export class PolicyThread {
  readonly #startWorker: () => Worker;
  #worker: Worker | undefined;
  /** Rejects what is being read. */
  #giveUp: (() => void) | undefined;
  #stopping: NodeJS.Timeout | undefined;

  constructor(startWorker: () => Worker = () => new Worker(workerFile, workerOptions)) {
    this.#startWorker = startWorker;
  }

  /** Rejects with a `PolicyError` for a file that is not valid, and with another error where the thread failed. */
  async read(job: PolicyJob): Promise<ThreadResult> {
    const { port1: port, port2 } = new MessageChannel();
    try {
      const answer = await this.#ask(job, port2);
      switch (answer.status) {
        case "read":
          return { status: "read", policy: await build(port) };
        case "refused":
          throw new PolicyError(answer.diagnostics, answer);
        case "failed":
          throw new Error(`the policy file could not be checked: ${answer.message}`);
        case "same":
          return { status: "same" };
        case "changed":
          return { status: "changed" };
      }
    } finally {
      port.close();
    }
  }

  /**
   * Stops the thread; what it was reading is rejected. The thread is asked, not torn down: that is for one that does not
   * answer, since it may strike the thread anywhere, even while it starts.
   */
  close(): void {
    clearTimeout(this.#stopping);
    this.#giveUp?.();
    this.#worker?.postMessage("stop");
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = this.#startWorker();
    const forget = () => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    // A thread that fails while it has nothing to do is replaced by the next job.
    return worker.on("error", forget).on("exit", forget);
  }

  async #ask(job: PolicyJob, port: MessagePort): Promise<PolicyAnswer> {
    clearTimeout(this.#stopping);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    const { promise, resolve, reject } = Promise.withResolvers<PolicyAnswer>();
    const fail = (why: string, cause?: unknown) => {
      reject(new Error(`the thread that checks policy files ${why}`, { cause }));
      if (this.#worker === worker) this.#worker = undefined;
      void worker.terminate();
    };
    const onError = (cause: unknown) =>
      fail(`failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    const onExit = () => fail("has ended");
    const overdue = setTimeout(() => fail(`did not answer within ${deadline / 1_000} s`), deadline);
    this.#giveUp = () => reject(new Error("the thread that checks policy files was stopped"));
    worker.once("message", resolve).once("error", onError).once("exit", onExit);
    try {
      worker.postMessage({ job, port }, [port]);
      return await promise;
    } finally {
      clearTimeout(overdue);
      this.#giveUp = undefined;
      worker.off("message", resolve).off("error", onError).off("exit", onExit);
      worker.unref();
      if (this.#worker === worker) this.#stopping = setTimeout(() => this.close(), idleTime).unref();
    }
  }
}

const deadline = 60_000;
const idleTime = 1_000;

// What is run is the file beside this one, as source or as it was compiled.
const workerFile = new URL(`./policy-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Options and environment of the process are not for this thread: some, such as a program given as text, break it. */
const workerOptions = { execArgv: [], env: {}, name: "ambit-policy" };

/** How long the thread that decides may be kept by building, in milliseconds, before it gets to do something else. */
const slice = 0.2;

/** Builds the policy whose parts wait at a port. */
async function build(port: MessagePort): Promise<Policy> {
  const building = receive(port);
  for (;;) {
    const end = performance.now() + slice;
    do {
      const step = building.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    await setImmediate();
  }
}

function* receive(port: MessagePort): Generator<void, Policy, void> {
  const model = yield* joinModel(waitingParts(port));
  return yield* buildPolicy(model, new CompiledTexts());
}

/** Taken one by one: listening to the port would take hundreds at once. */
function* waitingParts(port: MessagePort): Generator<PolicyPart, void, void> {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return;
    yield received.message as PolicyPart; // Only the thread that this one started sends to the port.
  }
}
