import { createAuthorizer, type DenyCode, parsePolicy, type ToolCall } from "@ambit/core";
import { queue } from "./whole-contenders.ts";
import { type Asked, ample, type Bounds, callOf, wholePolicy } from "./whole-policy.ts";

const read = callOf("tool:crm:read");
const draft = callOf("tool:email:draft");

/** Calls of one session, the last of which a stage of the decision must stop. */
const stages: readonly {
  readonly calls: readonly ToolCall[];
  readonly bounds?: Partial<Bounds>;
  readonly code: DenyCode;
}[] = [
  { calls: [callOf("tool:crm:write")], code: "forbidden" },
  { calls: [{ ...draft, arguments: { to: ["vp@evil.io"], amount: 12 } }], code: "condition_failed" },
  { calls: [read, draft], code: "history_forbids" },
  { calls: [draft, draft, draft], bounds: { calls: 2 }, code: "rate_limited" },
  { calls: [draft, draft, draft], bounds: { money: "0.30" }, code: "budget_exhausted" },
];

/** Throws where one of the stages does not stop what it must: a decision that skips one is no whole decision. */
export async function verifyStages(asked: readonly Asked[]): Promise<void> {
  for (const { calls, bounds, code } of stages) {
    const policy = parsePolicy(wholePolicy(asked, { ...ample, ...bounds }));
    const authorizer = createAuthorizer({ policy, audit: queue() });
    const subject = { id: "user", roles: ["rep"], scopes: ["tool:**"] };
    const found: string[] = [];
    for (const call of calls) {
      const { decision } = await authorizer.run(call, { subject, actor: { id: "agent" }, session: "session" }, () => 0);
      found.push(decision.allowed ? "permit" : decision.code);
    }
    const expected = calls.map((_, index) => (index === calls.length - 1 ? code : "permit"));
    if (found.join() === expected.join()) continue;
    throw new Error(`the calls that must end in ${code} were answered ${found.join()}, so nothing was measured`);
  }
}
