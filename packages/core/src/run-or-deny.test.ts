import { describe, expect, it } from "vitest";
import type { Authorizer } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { undecided } from "./decision.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { runOrDeny } from "./run-or-deny.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy("{ tools: { pay: { scope: tool:pay } }, policies: [{ role: rep, allow: [tool:pay] }] }");
const authorizer = createAuthorizer({ policy });
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s1",
};
const call = { tool: "pay", arguments: { amount: 1 } };
const failure = new Error("postgres://root:hunter2@db");

describe("runOrDeny", () => {
  it("runs a call that is permitted, with what was judged", async () => {
    const outcome = await runOrDeny({ authorizer, call, context }, (args) => Promise.resolve(args));
    expect(outcome).toMatchObject({ executed: true, result: { amount: 1 } });
  });

  it("gives the denial of one that is not, and runs nothing", async () => {
    const refused = { authorizer, call: { ...call, tool: "wire" }, context };
    const outcome = await runOrDeny(refused, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "unknown_tool" } });
  });

  it.each<[string, Authorizer["run"]]>([
    ["rejects", () => Promise.reject(failure)],
    [
      "throws",
      () => {
        throw failure;
      },
    ],
  ])("D3, D11: denies where the authorizer %s before anything ran, and does not say why", async (_, run) => {
    const outcome = await runOrDeny({ authorizer: { run }, call, context }, () => expect.unreachable());
    expect(outcome).toEqual({ executed: false, decision: undecided });
    expect(JSON.stringify(outcome)).not.toContain("hunter2");
  });

  it.each<[string, () => Promise<never>]>([
    ["rejects", () => Promise.reject(failure)],
    [
      "throws",
      () => {
        throw failure;
      },
    ],
  ])("rejects with what the tool %s with: that is its error, and no denial", async (_, execute) => {
    await expect(runOrDeny({ authorizer, call, context }, execute)).rejects.toBe(failure);
  });

  it("D3: takes no failure after the tool began for a denial", async () => {
    const run: Authorizer["run"] = async (_call, _context, execute) => {
      await execute({}, expect.anything());
      throw failure;
    };
    await expect(runOrDeny({ authorizer: { run }, call, context }, () => "paid")).rejects.toBe(failure);
  });
});
