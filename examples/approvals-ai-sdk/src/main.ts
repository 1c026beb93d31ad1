import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { loadPolicy } from "@ambit/core/node";
import { storyChecks } from "./checks.ts";
import { playStory } from "./story.ts";

const { values } = parseArgs({
  options: {
    policy: { type: "string", default: join(import.meta.dirname, "../policy.yaml") },
    json: { type: "boolean", default: false },
  },
});

const acts = await playStory(await loadPolicy(values.policy));
const checks = storyChecks(acts);
const holds = checks.every((check) => check.holds);
if (values.json) print(JSON.stringify({ holds, checks, acts }, undefined, 2));
else {
  for (const [index, { title, events, answer }] of acts.entries()) {
    print(styleText("bold", `\n${index + 1}. ${title}`));
    for (const event of events) print(`   ${event}`);
    print(styleText("cyan", `   agent: ${answer}`));
  }
  print(styleText("bold", "\nDoes the story hold?"));
  for (const check of checks) print(`   ${check.holds ? "✔" : "✘"} ${check.promise}`);
}
process.exitCode = holds ? 0 : 1;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
