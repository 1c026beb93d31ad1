import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadPolicy } from "@ambit/core/node";
import { checkStory } from "./checks.ts";
import { type Act, playStory } from "./story.ts";

const { values } = parseArgs({
  options: { policy: { type: "string", default: join(import.meta.dirname, "../policy.yaml") } },
});

const checks = checkStory(await playStory(await loadPolicy(values.policy), printAct));
print("\nDoes the story hold?");
for (const { promise, holds } of checks) print(`  ${holds ? "✔" : "✘"} ${promise}`);
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;

function printAct({ title, turn, paid }: Act): void {
  print(`\n${title}`);
  if (turn.waitsFor === undefined) print(`  agent: ${turn.says}`);
  else print(`  waits: ${turn.waitsFor.message} ${turn.waitsFor.tool} ${JSON.stringify(turn.waitsFor.arguments)}`);
  print(`  paid:  ${paid.map(({ customer, amount }) => `${amount} to ${customer}`).join(", ") || "nothing"}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
