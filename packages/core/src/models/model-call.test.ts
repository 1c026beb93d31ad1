import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../create-authorizer.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { CallContext } from "../tool-call.ts";
import { modelToolCall } from "./model-call.ts";

const context: CallContext = { subject: { id: "u", roles: ["r"], scopes: ["**"] }, actor: { id: "bot" }, session: "s" };
const model = modelToolCall({ provider: "openai", model: "gpt-5", inputTokens: 10, maximumOutputTokens: undefined });

function authorizer(runaway: string) {
  const policy = parsePolicy(
    `policies: [{ role: r, allow: ["tool:read", "tool:write", "tool:model:*"] }]\nrunaway: { ${runaway} }`,
  );
  return createAuthorizer({ policy, clock: () => 0 });
}

it("a call of a model is a call of the tool that is named after it, with nothing of the prompt in it", () => {
  expect(model).toEqual({
    tool: "model:openai/gpt-5",
    arguments: { provider: "openai", model: "gpt-5", inputTokens: 10 },
  });
});

describe("R7: calls of the model between those of tools do not hide that a session runs away", () => {
  it.each<[string, string, (name: string) => string]>([
    ["failures in a row", "failures: 3", () => "read"],
    ["denials in a row", "denials: 3", () => "erase"],
    ["calls that go round", "cycles: 3", (turn) => (Number(turn) % 2 === 0 ? "read" : "write")],
  ])("%s", async (_name, runaway, toolAt) => {
    const asked = authorizer(runaway);
    const codes: unknown[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const asks = await asked.run({ ...model, arguments: { turn } }, context, () => "go on");
      const call = { tool: toolAt(String(turn)), arguments: {} };
      const fails = asked.run(call, context, () => (runaway.startsWith("failures") ? Promise.reject(new Error()) : 1));
      const done = await fails.catch(() => undefined);
      codes.push(
        asks.executed ? undefined : asks.decision.code,
        done?.executed === false ? done.decision.code : undefined,
      );
    }
    expect(codes).toContain("runaway");
  });

  it("a model that fails, or is denied, is no tool that does", async () => {
    const asked = authorizer("failures: 3");
    for (let times = 0; times < 5; times += 1) {
      await expect(asked.run(model, context, () => Promise.reject(new Error("busy")))).rejects.toThrow("busy");
    }
    expect((await asked.run({ tool: "read", arguments: {} }, context, () => 1)).executed).toBe(true);
  });
});
