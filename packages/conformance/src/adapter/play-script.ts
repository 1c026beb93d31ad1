import type { AgentReport, AgentScript, ScriptedCall } from "./adapter-driver.ts";

/**
 * The loop of an agent, for what has none of its own, such as plain functions and MCP clients: all calls of a step are made at
 * once, and what each gives is shown to the model.
 */
export async function playScript(
  { steps }: Pick<AgentScript, "steps">,
  make: (call: ScriptedCall) => Promise<string>,
): Promise<AgentReport> {
  const results: AgentReport["results"][number][] = [];
  for (const step of steps) {
    results.push(...(await Promise.all(step.map(async (call) => ({ id: call.id, text: await make(call) })))));
  }
  return { results, text: "done", transcript: JSON.stringify(results) };
}
