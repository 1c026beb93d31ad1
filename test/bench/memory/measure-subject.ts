import { setTimeout } from "node:timers/promises";
import { PolicyError } from "@ambit/core";
import { countRules, type PolicyPlan, planPolicy } from "../policy/policy-plan.ts";
import type { Keeping } from "./keep-subject.ts";
import { type Subject, subjects } from "./subjects.ts";

// A program of its own, started with --expose-gc: node measure-subject.ts NAME RULES. Prints a Keeping as JSON.
const [, , name, size] = process.argv;
const subject = subjects.find((entry) => entry.name === name);
const { gc } = globalThis;
if (subject === undefined || gc === undefined) throw new Error("started without --expose-gc, or for no known subject");
// Modules are loaded and code is compiled before anything counts.
for (let run = 0; run < 3; run += 1) await subject.prepare(planPolicy(10, subject.variant))();
// Made from JSON, so that its texts are whole already: putting them together later would look like memory set free.
const plan = JSON.parse(JSON.stringify(planPolicy(Number(size), subject.variant))) as PolicyPlan; // The same again.
console.log(JSON.stringify(await keep(subject)));

async function keep({ prepare }: Subject): Promise<Keeping> {
  const before = await settledMemory();
  const made = await make(prepare(plan));
  if ("refused" in made) return made;
  const { milliseconds } = made;
  const peak = process.resourceUsage().maxRSS * 1024;
  const after = await settledMemory();
  // Whatever is used after the last look at the memory was still there.
  if (made.kept === undefined) throw new Error("nothing was made");
  const retained = after.heapUsed + after.external - before.heapUsed - before.external;
  return { rules: countRules(plan), milliseconds, retained, peak };
}

type Made = { readonly kept: unknown; readonly milliseconds: number } | { readonly refused: string };

async function make(prepared: () => unknown): Promise<Made> {
  const started = performance.now();
  try {
    const kept = await prepared();
    return { kept, milliseconds: performance.now() - started };
  } catch (error) {
    if (error instanceof PolicyError && error.diagnostics[0]?.code === "too_large")
      return { refused: "too large to load" };
    throw error;
  }
}

async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 4; round += 1) {
    gc?.();
    await setTimeout(20);
  }
  return process.memoryUsage();
}
