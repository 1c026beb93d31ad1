import { createAuthorizer, createMemoryStore, parsePolicy } from "@ambit/core";
import { compileLaterLoop } from "../compile-loop.ts";
import { type Contender, measure } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import type { Effort } from "../section.ts";
import { contextOf } from "./history-policy.ts";

/** Median nanoseconds of a call that one rule over history applies to, by how many rules the policy has. */
export async function timeByRules(counts: readonly number[], effort: Effort): Promise<Map<number, number>> {
  tellProgress("history: policies of many rules");
  const contenders: Contender[] = [];
  for (const count of counts) contenders.push(await contender(count));
  const timings = await measure(contenders, effort);
  return new Map(counts.map((count) => [count, timings.get(String(count)) ?? Number.NaN]));
}

async function contender(count: number): Promise<Contender> {
  const rules = Array.from({ length: count }, (_, number) => ({
    id: `rule ${number}`,
    after: `tool:read:${number}`,
    deny: `tool:send:${number}`,
  }));
  // JSON is YAML.
  const text = JSON.stringify({ policies: [{ role: "rep", allow: ["tool:**"] }], rules });
  const store = createMemoryStore();
  const authorizer = createAuthorizer({ policy: parsePolicy(text), store });
  const context = contextOf("session");
  const run = async (tool: string) => {
    const { executed } = await authorizer.run({ tool, arguments: {} }, context, () => undefined);
    return executed;
  };
  // The rule in the middle is the one that applies: the first half of its work, and then the other.
  const pair = [`read:${count >> 1}`, `send:${(count >> 1) + 1}`];
  const answers = [await run(`read:${count >> 1}`), await run(`send:${count >> 1}`), await run(pair[1] ?? "")];
  if (answers.join() !== "true,false,true") throw new Error("a rule answers wrong, so nothing was measured");
  return { name: String(count), loop: compileLaterLoop(run, pair) };
}
