import type { Authorizer, Execute, RunResult, StreamResult } from "../authorizer.ts";
import type { Deny } from "../decision.ts";
import { guardFunction } from "../guard-function.ts";
import { pause } from "../platform.ts";
import type { CallContext, ToolCall } from "../tool-call.ts";
import type { ApprovalRequest } from "./approval-request.ts";

/** Settings of {@link awaitApprovals}. */
export interface AwaitApprovalsOptions {
  /** How long a call waits for all of its answers together, in milliseconds. Then it is denied. */
  readonly timeout: number;
  /** How long it waits between two looks at the store, in milliseconds. Default: 500. */
  readonly interval?: number | undefined;
  /** Told of each request that a call waits for, once a call: to show it to somebody who may answer. */
  readonly onRequest?: ((request: ApprovalRequest) => void | Promise<void>) | undefined;
  /** Once it is aborted, nobody waits any more, and the calls are denied. It is looked at once an interval. */
  readonly signal?: { readonly aborted: boolean } | undefined;
  /** Told of what kept it from looking, or from telling somebody. It goes on waiting. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/**
 * The same authorizer, of which `run`, `stream` and guarded functions wait for the answer where a person must approve a call,
 * and then ask again. For agents that can wait; others come back with the same call later. `authorize` does not wait.
 *
 * An answer decides nothing here: the call is judged again, whole. Without one, the denial stays a denial. Throws a
 * `RangeError` where a length of time is no positive integer.
 */
export function awaitApprovals(authorizer: Authorizer, options: AwaitApprovalsOptions): Authorizer {
  for (const name of ["timeout", "interval"] as const) {
    const value = options[name];
    if (value === undefined && name === "interval") continue;
    if (!Number.isSafeInteger(value) || (value ?? 0) < 1) {
      throw new RangeError(`${name} must be a positive integer, not ${String(value)}`);
    }
  }
  const patience = new Patience(authorizer, options);
  const waiting: Authorizer = {
    approvals: authorizer.approvals,
    authorize: (call, context) => authorizer.authorize(call, context),
    settle: (evaluationId, outcome) => authorizer.settle(evaluationId, outcome),
    suspend: (target, until, reason) => authorizer.suspend(target, until, reason),
    resume: (target) => authorizer.resume(target),
    isRefusedBy: (...asked) => authorizer.isRefusedBy(...asked),
    isSuspended: (context) => authorizer.isSuspended(context),
    declassify: (asked, approver) => authorizer.declassify(asked, approver),
    acceptLostState: () => authorizer.acceptLostState(),
    visibleTools: (tools, context) => authorizer.visibleTools(tools, context),
    guard: (body, guarded) => guardFunction(waiting, body, guarded),
    run: <Result>(call: ToolCall, context: CallContext | undefined, execute: Execute<Result | PromiseLike<Result>>) =>
      patience.ask<RunResult<Result>>(context, () => authorizer.run(call, context, execute)),
    stream: <Chunk>(call: ToolCall, context: CallContext | undefined, execute: Execute<AsyncIterable<Chunk>>) =>
      patience.ask<StreamResult<Chunk>>(context, () => authorizer.stream(call, context, execute)),
  };
  return waiting;
}

type Answer = { readonly executed: true } | { readonly executed: false; readonly decision: Deny };

/** Asks again once a person has answered. */
class Patience {
  readonly #authorizer: Authorizer;
  readonly #options: AwaitApprovalsOptions;

  constructor(authorizer: Authorizer, options: AwaitApprovalsOptions) {
    this.#authorizer = authorizer;
    this.#options = options;
  }

  async ask<Given extends Answer>(context: CallContext | undefined, question: () => Promise<Given>): Promise<Given> {
    const until = Date.now() + this.#options.timeout;
    for (;;) {
      const answer = await question();
      if (answer.executed) return answer;
      const { approval } = answer.decision;
      if (approval?.status !== "pending" || !(await this.#isAnswered(approval.id, { context, until }))) return answer;
    }
  }

  /** INVARIANT (A5): however it ends, whether the call runs is for the authorizer to say. */
  async #isAnswered(
    id: string,
    { context, until }: { readonly context: CallContext | undefined; readonly until: number },
  ): Promise<boolean> {
    const { interval = 500 } = this.#options;
    let told = false;
    while (!this.#isAborted(context)) {
      const request = await this.#look(id, context);
      if (request === "gone") return false;
      if (request !== undefined && request.status !== "pending") return request.status !== "expired";
      if (request !== undefined && !told) {
        told = true;
        void this.#tell(request);
      }
      const left = until - Date.now();
      if (left <= 0) return false;
      await pause(Math.min(interval, left));
    }
    return false;
  }

  /** `undefined`: it is not known. */
  async #look(id: string, context: CallContext | undefined): Promise<ApprovalRequest | "gone" | undefined> {
    try {
      return (await this.#authorizer.approvals.get(id, { tenant: context?.subject.tenant })) ?? "gone";
    } catch (fault) {
      this.#report(fault);
      return undefined;
    }
  }

  async #tell(request: ApprovalRequest): Promise<void> {
    try {
      await this.#options.onRequest?.(request);
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** A signal that cannot be read has been given: whoever gave it may have aborted. */
  #isAborted(context: CallContext | undefined): boolean {
    try {
      return this.#options.signal?.aborted === true || context?.signal?.aborted === true;
    } catch {
      return true;
    }
  }

  #report(fault: unknown): void {
    try {
      this.#options.onFault?.(fault);
    } catch {
      // INVARIANT (D6, R3): who is told of a fault causes none.
    }
  }
}
