import { type AuditLog, createAuthorizer } from "@ambit/core";
import { type Contender, measure } from "../measure.ts";
import { loadPlan } from "../permission/ambit-contenders.ts";
import { generatedSizes, planPolicy } from "../policy/policy-plan.ts";
import { askQueries, type Query } from "../policy/queries.ts";
import { tellProgress } from "../progress.ts";
import { readableCount, readableTime } from "../readable.ts";
import { divide, type Effort, type Goal, type Report, ratioGoal } from "../section.ts";

/** How a whole decision's cost grows with the number of rules: judged, its state asked, its record handed to a log. */
export async function benchDecisionByRules(effort: Effort): Promise<Pick<Report, "tables" | "goals">> {
  const sizes = [...generatedSizes.keys()].filter((size) => size <= effort.largest);
  const sets = [
    { name: "4,096 queries at random", count: 4_096, atMost: 2.5 },
    { name: "a hot set of 256 queries", count: 256, atMost: 1.5 },
  ] as const;
  const rows: { name: string; figures: (number | undefined)[] }[] = [];
  const goals: Goal[] = [];
  for (const { name, count, atMost } of sets) {
    tellProgress(`whole decisions, ${name}`);
    const timings = await measure(
      sizes.map((size) => contender(size, count)),
      effort,
    );
    rows.push({ name, figures: sizes.map((size) => timings.get(String(size))) });
    const ratio = divide(timings.get("100000"), timings.get("10"));
    goals.push(
      ratioGoal("G4", `whole decision, ${name}: growth from 10 to 100k rules, record enqueued`, { ratio, atMost }),
    );
  }
  const table = {
    title: "One whole decision, its record handed to a log that queues it",
    columns: ["rules", ...sizes.map((size) => readableCount(size))],
    rows: rows.map(({ name, figures }) => ({
      name,
      figures,
      cells: figures.map((figure) => (figure === undefined ? "" : readableTime(figure))),
    })),
  };
  return { tables: [table], goals };
}

function contender(size: number, count: number): Contender {
  const plan = planPolicy(size, "full");
  const authorizer = createAuthorizer({ policy: loadPlan(plan), audit: queue() });
  const calls = askQueries(plan, count).map(callOf);
  return {
    name: String(size),
    loop: async (times) => {
      for (let n = 0; n < times; n += 1) {
        const asked = calls[n % calls.length];
        if (asked === undefined) throw new Error("there is nothing to ask");
        const { executed } = await authorizer.run(asked.call, asked.context, nothing);
        if (executed !== asked.allowed)
          throw new Error(`a decision is wrong at ${size} rules, so nothing was measured`);
      }
    },
  };
}

function callOf({ user, role, scope, allowed }: Query) {
  const subject = { id: user, roles: [role], scopes: ["tool:**"] };
  const context = { subject, actor: { id: "agent" }, session: "session" };
  return { call: { tool: scope.replace(/^tool:/, ""), arguments: {} }, context, allowed };
}

const nothing = () => undefined;

/** A log that takes records over at once, to write them later: what the call waits for is only the handing over. */
function queue(): AuditLog {
  const records: unknown[] = [];
  return {
    append: (record) => {
      records.push(record);
      if (records.length === 1_000) records.length = 0;
    },
  };
}
