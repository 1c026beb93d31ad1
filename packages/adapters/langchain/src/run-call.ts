import { type Deny, type Execution, FailedResult, reportActualCost, resolveContext, runOrDeny } from "@ambit/core";
import { ToolMessage } from "@langchain/core/messages";
import {
  type AuthorizationOptions,
  type PendingApproval,
  type RunInformation,
  toolExecution,
} from "./authorization-options.ts";
import { isBubbling, PausableTask } from "./pausable-task.ts";

/** One call, as LangChain makes it. */
export interface RequestedCall {
  readonly name: string;
  readonly id: string | undefined;
  readonly arguments: unknown;
  /** What the call came with: a tool's configuration, or a middleware's runtime. */
  readonly run: RunInformation | undefined;
  /** Whether its body is out of reach, so that it may send events on its way that nobody here sees. */
  readonly outOfReach?: true | undefined;
}

/** What became of {@link runCall}. */
export type CallResult =
  | { readonly executed: true; readonly result: unknown }
  | { readonly executed: false; readonly decision: Deny };

type Body = (args: Record<string, unknown>, execution: Execution) => unknown;

/**
 * Judges a call and, if it is permitted, runs its body with the judged arguments. Rejects only with what the body
 * threw, and with LangGraph's interrupt where the call pauses its graph. A message of the status `error` ends the call as
 * failed, and is the result all the same. Where the body gives a generator, the call ends
 * when that does, for its return value is the result.
 */
export async function runCall(
  call: RequestedCall,
  options: AuthorizationOptions,
  body: (args: Record<string, unknown>) => unknown,
): Promise<CallResult> {
  const { run } = call;
  const task = PausableTask.of(run);
  task?.enter();
  const pauses = options.approvals === "pause";
  const result = await judgeCall(call, options, (judged, execution) => {
    if (pauses && execution.approvals.length > 0) task?.takeResumption(run?.interrupt);
    return body(judged);
  });
  const pending = result.executed || !pauses ? undefined : pendingApproval(call, result.decision);
  // INVARIANT (A5): whatever a run is resumed with, what was judged since then decides, and that is this denial.
  if (pending !== undefined) task?.pause(run, pending);
  return result;
}

function pendingApproval(call: RequestedCall, { code, approval, reason, rule }: Deny): PendingApproval | undefined {
  if (code !== "approval_required" || approval?.status !== "pending") return undefined;
  const { id, expiresAt } = approval;
  const { name: tool, arguments: args } = call;
  return { type: code, id, tool, arguments: args, message: reason, rule: rule ?? "", expiresAt };
}

async function judgeCall(call: RequestedCall, options: AuthorizationOptions, body: Body): Promise<CallResult> {
  const { name, id, arguments: args, run } = call;
  const information = toolExecution(name, run);
  const context = await resolveContext({ source: options.context, information, signal: information.signal });
  const { promise, resolve, reject } = Promise.withResolvers<CallResult>();
  const failed = new FailedResult(saysFailed);
  const withhold = (decision: Deny) => resolve({ executed: false, decision });
  const requested = { authorizer: options.authorizer, call: { tool: name, arguments: args, id }, context };
  const judge = async (): Promise<CallResult> =>
    runOrDeny(requested, async (judged, execution) => {
      const report = (result: unknown) =>
        reportActualCost({ costs: options.actualCost, tool: name, result }, execution);
      // INVARIANT (E7): before anything that is not seen here is sent, all that it may hold is remembered.
      const early = call.outOfReach ? await execution.releaseEarly() : undefined;
      if (early !== undefined) return withhold(early);
      const result = await watchPause(() => body(judged, execution), execution);
      if (!isGenerator(result)) {
        failed.throwIfFailed(result);
        report(result);
        return result;
      }
      const withheld = await execution.releaseEarly();
      if (withheld !== undefined) {
        await result.return?.(undefined);
        return withhold(withheld);
      }
      const ending = Promise.withResolvers<unknown>();
      resolve({ executed: true, result: relay(result, ending, running) });
      const returned = await watchPause(() => ending.promise, execution);
      report(returned);
      return returned;
    });
  // A turn later, so that there is a promise of the settlement before any body can give a generator.
  const running: Promise<CallResult> = Promise.resolve().then(judge);
  running.then(resolve, (error: unknown) =>
    failed.is(error) ? resolve({ executed: true, result: error }) : reject(error),
  );
  return promise;
}

/** INVARIANT (S5): a message that says that the tool failed satisfies no rule that requires its success. */
function saysFailed(result: unknown): boolean {
  return ToolMessage.isInstance(result) && result.status === "error";
}

/** What a tool gives. That it pauses its graph is no failure of it: LangGraph begins it anew. */
async function watchPause(give: () => unknown, execution: Execution): Promise<unknown> {
  try {
    return await give();
  } catch (error) {
    if (isBubbling(error)) execution.reportAbort();
    throw error;
  }
}

type Generator = AsyncGenerator<unknown, unknown>;

/** What LangChain iterates in place of taking it as the result. */
function isGenerator(value: unknown): value is Generator {
  if (typeof value !== "object" || value === null || !("next" in value)) return false;
  return typeof value.next === "function" && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

/** The same events and the same end, which is released once the call was settled by it. */
async function* relay(
  inner: Generator,
  ending: PromiseWithResolvers<unknown>,
  settled: Promise<unknown>,
): AsyncGenerator<unknown, unknown> {
  try {
    const result: unknown = yield* inner;
    ending.resolve(result);
    return result;
  } catch (error) {
    ending.reject(error);
    throw error;
  } finally {
    // Without effect after an end; else the consumer gave up, which is no success.
    ending.reject(new Error("the result was given up"));
    await settled.catch(() => {});
  }
}
