import type { Authorizer } from "./authorizer.ts";
import type { GuardedParameters, GuardOptions } from "./guard-options.ts";
import { resolveContext } from "./resolve-context.ts";
import { runOrDeny } from "./run-or-deny.ts";
import { ToolCallDeniedError } from "./tool-call-denied-error.ts";

/**
 * `Authorizer.guard` for any authorizer: the same function, each call of which is authorized before it runs and runs with
 * the very arguments that were judged. A denied call rejects with a {@link ToolCallDeniedError}.
 *
 * Throws a `TypeError` for generator functions, whose work begins after their call has ended, and for functions of several
 * parameters.
 */
export function guardFunction<Given extends GuardedParameters, Result>(
  authorizer: Pick<Authorizer, "run">,
  body: (...given: Given) => Result | PromiseLike<Result>,
  { tool, context: source }: GuardOptions,
): (...given: Given) => Promise<Result> {
  refuse(tool, body);
  return async (...given) => {
    const context = await resolveContext({ source, information: undefined, signal: undefined });
    const call = { tool, arguments: given[0] ?? {} };
    // The judged copy in place of the one argument: nothing that was given reaches the function itself.
    const outcome = await runOrDeny<Result>({ authorizer, call, context }, (args) =>
      body(...([args] as unknown as Given)),
    );
    if (!outcome.executed) throw new ToolCallDeniedError(tool, outcome.decision);
    return outcome.result;
  };
}

function refuse(tool: string, body: { readonly length: number }): void {
  const kind = Object.prototype.toString.call(body);
  if (kind.endsWith("GeneratorFunction]")) {
    throw new TypeError(`the function of "${tool}" yields; run it with authorizer.stream`);
  }
  if (body.length > 1) {
    throw new TypeError(`the function of "${tool}" takes several parameters; let it take one object, which is judged`);
  }
}
