import { type Authorizer, type Decision, guardFunction } from "@ambit/core";

/** One call as it was decided. */
export interface ObservedCall {
  readonly at: Date;
  readonly tool: string;
  readonly decision: Decision;
  /** From the question to the answer, its durable record included. */
  readonly microseconds: number;
}

/** The same authorizer, that also tells of each call what was decided and how long that took. */
export function observeAuthorizer(authorizer: Authorizer, observe: (call: ObservedCall) => void): Authorizer {
  const observed: Authorizer = {
    approvals: authorizer.approvals,
    authorize: (call, context) => authorizer.authorize(call, context),
    settle: (evaluationId, outcome) => authorizer.settle(evaluationId, outcome),
    stream: (call, context, execute) => authorizer.stream(call, context, execute),
    suspend: (target, until) => authorizer.suspend(target, until),
    resume: (target) => authorizer.resume(target),
    isSuspended: (context) => authorizer.isSuspended(context),
    isRefusedBy: (rules, call, context) => authorizer.isRefusedBy(rules, call, context),
    declassify: (asked, approver) => authorizer.declassify(asked, approver),
    acceptLostState: () => authorizer.acceptLostState(),
    guard: (body, options) => guardFunction(observed, body, options),
    visibleTools: (tools, context) => authorizer.visibleTools(tools, context),
    async run(call, context, execute) {
      const at = new Date();
      const started = performance.now();
      let decided: number | undefined;
      const elapsed = () => ((decided ?? performance.now()) - started) * 1_000;
      const outcome = await authorizer.run(call, context, (args, execution) => {
        decided = performance.now();
        return execute(args, execution);
      });
      observe({ at, tool: call.tool, decision: outcome.decision, microseconds: Math.round(elapsed()) });
      return outcome;
    },
  };
  return observed;
}
