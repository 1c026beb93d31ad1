import { parsePolicy } from "@ambit/core";
import { type Contender, measure } from "../measure.ts";
import type { Effort } from "../section.ts";
import { fastestCel, logic, logicEngine, ownCondition, texts } from "./condition-contenders.ts";

/** How many conditions stand in the policies that are parsed. */
const conditions = 100;

/** Median nanoseconds for compiling the first condition, by engine. */
export async function timeCompilation(effort: Effort): Promise<Map<string, number>> {
  const { Environment } = await import("@marcbachmann/cel-js");
  const { celEnv, parse, plan } = await import("@bufbuild/cel");
  const environment = new Environment().registerVariable("args", "map");
  const cel = celEnv();
  const engine = await logicEngine();
  const withConditions = policyWith("when");
  const withMessages = policyWith("message");
  const contenders: Contender[] = [
    { name: withKey.when, loop: (times) => repeat(times, () => parsePolicy(withConditions)) },
    { name: withKey.message, loop: (times) => repeat(times, () => parsePolicy(withMessages)) },
    { name: fastestCel, loop: (times) => repeat(times, () => environment.parse(texts.first)) },
    { name: "@bufbuild/cel", loop: (times) => repeat(times, () => plan(cel, parse(texts.first))) },
    { name: "json-logic-engine (generated code)", loop: (times) => repeat(times, () => engine.build(logic.first)) },
  ];
  const times = await measure(contenders, effort);
  const own = ((times.get(withKey.when) ?? Number.NaN) - (times.get(withKey.message) ?? Number.NaN)) / conditions;
  times.delete(withKey.when);
  times.delete(withKey.message);
  return new Map([[`${ownCondition} (by difference, see the source)`, own], ...times]);
}

const withKey = { when: "texts as conditions", message: "texts as messages" } as const;

/**
 * A policy with the condition, each time another. A condition is compiled only as part of a policy, so that its cost is
 * the difference to a policy in which the same texts mean nothing.
 */
function policyWith(key: "when" | "message"): string {
  const grants = Array.from(
    { length: conditions },
    (_, number) =>
      `      - { scope: "tool:number${number}", ${key}: "${texts.first.replace("100", String(100 + number))}" }\n`,
  );
  return `policies:\n  - role: rep\n    allow:\n${grants.join("")}`;
}

function repeat(times: number, task: () => unknown): unknown {
  let last: unknown;
  for (let run = 0; run < times; run += 1) last = task();
  return last;
}
