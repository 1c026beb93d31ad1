import { describe, expect, it } from "vitest";
import { createAuthorizer } from "./create-authorizer.ts";
import { type OfferRequest, offeredTools } from "./offered-tools.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy("policies: [{ role: rep, allow: [tool:read, tool:list] }]");
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s1",
};
const tools = ["erase", "read", "list"];

function offer(more: Partial<OfferRequest<string>>): Promise<readonly string[]> {
  const informationOf = (tool: string) => tool;
  return offeredTools({ authorizer: createAuthorizer({ policy }), source: context, tools, informationOf, ...more });
}

describe("a model is offered what is visible", () => {
  it("in a context that is known beforehand", async () => {
    expect(await offer({})).toEqual(["read", "list"]);
  });

  it("in the context that a call of each tool would have", async () => {
    const source = async (tool: string) => ({ ...context, grant: tool === "list" ? [] : ["tool:**"] });
    expect(await offer({ source })).toEqual(["read"]);
  });

  it.each([
    ["nobody", undefined],
    ["rubbish", "u1"],
  ])("and that is nothing where a context function says that %s asks", async (_name, answer) => {
    // Callers in plain JavaScript can give anything.
    expect(await offer({ source: () => answer as undefined })).toEqual([]);
  });
});

describe("a tool is offered all the same", () => {
  const fail = () => {
    throw new Error("hunter2");
  };
  it.each<[string, OfferRequest<string>["source"]]>([
    ["throws", (tool) => (tool === "erase" ? fail() : context)],
    ["rejects", async (tool) => (tool === "erase" ? fail() : context)],
  ])("where the context function %s for it", async (_name, source) => {
    expect(await offer({ source })).toEqual(tools);
  });

  it.each<[string, unknown]>([
    ["throws", { visibleTools: fail }],
    ["does not know of visibility", {}],
    ["answers with something else", { visibleTools: () => undefined }],
    ["answers later", { visibleTools: async () => [] }],
  ])("where the authorizer %s", async (_name, authorizer) => {
    // An authorizer may be the application's own, in plain JavaScript.
    expect(await offer({ authorizer: authorizer as OfferRequest<string>["authorizer"] })).toEqual(tools);
  });
});
