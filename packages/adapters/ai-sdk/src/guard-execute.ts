import {
  type ActualCostRequest,
  type Authorizer,
  type ContextSource,
  FailedResult,
  reportActualCost,
  runOrDeny,
  ToolCallDeniedError,
  undecided,
} from "@ambit/core";
import type { ApprovalPause } from "./approval-pause.ts";
import type { ToolExecution } from "./authorization-options.ts";
import { callContext, type ToolInvocation, toolCall } from "./tool-invocation.ts";

/** The body of a tool, as the SDK calls it. Its options are passed through whole. */
export type Execute = (input: unknown, options: ToolInvocation | undefined) => unknown;

/** A tool's body, and how its calls are judged. */
export interface Guarded {
  /** By which calls are judged. */
  readonly name: string;
  /** What the body takes for `this`. */
  readonly tool: object;
  readonly inner: Execute;
  /** Whether the SDK is shown each value that the body yields: otherwise its last one. */
  readonly yields: boolean;
  readonly authorizer: Authorizer;
  readonly context: ContextSource<ToolExecution>;
  readonly costs: ActualCostRequest["costs"];
  /** `undefined`: a call that a person must approve is denied. */
  readonly pause: ApprovalPause | undefined;
}

/** A body that runs the given one where the call is permitted, and throws a {@link ToolCallDeniedError} where it is not. */
export function guardExecute(guarded: Guarded): Execute {
  return guarded.yields ? guardStream(guarded) : guardCall(guarded);
}

function guardCall({ name, tool, inner, authorizer, context: source, costs, pause }: Guarded): Execute {
  return async (input, options) => {
    const denial = pause?.takeDenial(input);
    if (denial !== undefined) throw new ToolCallDeniedError(name, denial);
    const context = await callContext(source, name, options);
    const failed = new FailedResult();
    const call = toolCall(name, input, options);
    const running = runOrDeny({ authorizer, call, context }, async (args, execution) => {
      const given = inner.call(tool, args, options);
      // The SDK looks for an iterable before anything is awaited, so here only its last value can be the result.
      const result = await (isAsyncIterable(given) ? lastOf(given) : given);
      failed.throwIfFailed(result);
      reportActualCost({ costs, tool: name, result }, execution);
      return result;
    });
    try {
      const outcome = await running.catch((error: unknown) => {
        if (failed.is(error)) return { executed: true as const, result: error };
        throw error;
      });
      if (!outcome.executed) throw new ToolCallDeniedError(name, outcome.decision);
      return outcome.result;
    } finally {
      pause?.noteEnd();
    }
  };
}

function guardStream({ name, tool, inner, authorizer, context: source, costs, pause }: Guarded): Execute {
  return async function* (input, options) {
    const denial = pause?.takeDenial(input);
    if (denial !== undefined) throw new ToolCallDeniedError(name, denial);
    const context = await callContext(source, name, options);
    const failed = new FailedResult();
    const deciding = authorizer.stream(toolCall(name, input, options), context, (args, execution) => {
      const given = inner.call(tool, args, options);
      const values = isAsyncIterable(given) ? given : once(given);
      return reporting(values, (result) => {
        failed.throwIfFailed(result);
        reportActualCost({ costs, tool: name, result }, execution);
      });
    });
    const outcome = await deciding.catch(() => {
      throw new ToolCallDeniedError(name, undecided);
    });
    if (!outcome.executed) throw new ToolCallDeniedError(name, outcome.decision);
    try {
      yield* outcome.stream;
    } catch (error) {
      if (!failed.is(error)) throw error; // It has been yielded.
    } finally {
      pause?.noteEnd();
    }
  };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  const holder = (typeof value === "object" && value !== null) || typeof value === "function";
  return holder && Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === "function";
}

async function lastOf(values: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const value of values) last = value;
  return last;
}

/** The same values; at their end, the last of them is told. */
async function* reporting(values: AsyncIterable<unknown>, tell: (last: unknown) => void): AsyncGenerator<unknown> {
  let last: unknown;
  for await (const value of values) {
    last = value;
    yield value;
  }
  tell(last);
}

async function* once(value: unknown): AsyncGenerator<unknown> {
  yield await value;
}
