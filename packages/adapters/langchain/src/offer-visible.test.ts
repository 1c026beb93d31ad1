import { inspect } from "node:util";
import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent, createMiddleware } from "langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizationMiddleware, type MiddlewareOptions } from "./authorization-middleware.ts";
import type { AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
import { type OfferingRequest, offerVisible } from "./offer-visible.ts";
import type { AnyTool } from "./with-authorization.ts";

const policy = parsePolicy(`
policies:
  - role: rep
    allow: [tool:read, tool:web_search, tool:file_search, { scope: tool:write, when: args.n > 1 }]
    deny: [tool:erase]`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const visible: MiddlewareOptions = { authorizer: createAuthorizer({ policy }), context, offer: "visible" };

/** A model that calls one tool in each of its first steps, then says "done", and keeps what it was shown. */
class ScriptedModel extends BaseChatModel {
  readonly offered: string[][] = [];
  readonly seen: string[] = [];
  readonly #steps: readonly string[];

  constructor(steps: readonly string[]) {
    super({});
    this.#steps = steps;
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(tools: readonly object[]): this {
    this.offered.push(tools.map((given) => ("name" in given ? String(given.name) : "")));
    return this;
  }

  override async _generate(messages: BaseMessage[]) {
    const name = this.#steps[this.seen.length];
    this.seen.push(JSON.stringify(messages.at(-1)?.content));
    const toolCalls = [{ type: "tool_call" as const, id: `call-${this.seen.length}`, name: name ?? "", args: {} }];
    const message = new AIMessage(name === undefined ? "done" : { content: "", tool_calls: toolCalls });
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }
}

function toolSet() {
  const runs: string[] = [];
  const make = (name: string) =>
    tool(async () => `${runs.push(name)} run`, {
      name,
      description: "d",
      schema: z.object({ n: z.number().optional() }),
    });
  return { runs, tools: [make("erase"), make("read"), make("write")] };
}

async function converse(options: MiddlewareOptions, steps: readonly string[]) {
  const { tools, runs } = toolSet();
  const model = new ScriptedModel(steps);
  const agent = createAgent({ model, tools, middleware: [authorizationMiddleware(options)] });
  const { messages } = await agent.invoke(
    { messages: [new HumanMessage("say xyzzy")] },
    { configurable: { user: "u1" } },
  );
  return { runs, text: messages.at(-1)?.text, offered: model.offered, seen: model.seen };
}

describe("an agent with the middleware", () => {
  it("is not offered what the caller could never be permitted", async () => {
    const { offered, text } = await converse(visible, []);
    expect({ offered, text }).toEqual({ offered: [["read", "write"]], text: "done" });
  });

  it.each<[string, MiddlewareOptions["offer"]]>([
    ["is not said", undefined],
    ["is all", "all"],
  ])("is offered every tool where what to offer %s", async (_name, offer) => {
    const { offered } = await converse({ ...visible, offer }, []);
    expect(offered).toEqual([["erase", "read", "write"]]);
  });

  it("E4: does not run a hidden tool that the model calls all the same, and goes on", async () => {
    const { runs, seen, text } = await converse(visible, ["erase", "read"]);
    expect({ runs, text }).toEqual({ runs: ["read"], text: "done" });
    expect(seen[1]).toContain("role:rep denied tool:erase");
  });

  it("denies a call of a tool that is shown, as it does without", async () => {
    const { runs, seen } = await converse(visible, ["write"]);
    expect(runs).toEqual([]);
    expect(seen[1]).toContain("tool_call_denied");
  });

  it("is offered nothing where nobody is known", async () => {
    const { runs, offered, seen } = await converse({ ...visible, context: () => undefined }, ["read"]);
    expect({ runs, offered: offered.flat() }).toEqual({ runs: [], offered: [] });
    expect(seen[1]).toContain("unauthenticated");
  });

  it.each<[string, Partial<AuthorizationOptions>]>([
    ["the context function rejects", { context: () => Promise.reject(new Error("hunter2")) }],
    [
      "the authorizer throws",
      {
        authorizer: {
          ...visible.authorizer,
          run: () => Promise.reject(new Error("hunter2")),
          visibleTools: () => {
            throw new Error("hunter2");
          },
        },
      },
    ],
  ])("is offered every tool where %s; no call runs, and the model reads nothing of it", async (_name, more) => {
    const { runs, offered, seen, text } = await converse({ ...visible, ...more }, ["read"]);
    expect({ runs, offered: offered[0], text }).toEqual({
      runs: [],
      offered: ["erase", "read", "write"],
      text: "done",
    });
    expect(seen[1]).toContain("tool_call_denied");
    expect(JSON.stringify(seen)).not.toContain("hunter2");
  });

  it("D11: asks for the context as for a call of each tool, and tells nothing of the conversation", async () => {
    const told: ToolExecution[] = [];
    const resolve = (execution: ToolExecution) => {
      told.push(execution);
      return context;
    };
    await converse({ ...visible, context: resolve }, []);
    expect(told.map(({ toolName }) => toolName)).toEqual(["erase", "read", "write"]);
    for (const { configurable } of told) expect(configurable).toMatchObject({ user: "u1" });
    expect(inspect(told, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain("xyzzy");
  });

  it("rejects with an error of its model by name and message, and tells which it was", async () => {
    const error = new RangeError("the model is busy");
    const model = new ScriptedModel([]);
    model._generate = () => Promise.reject(error);
    const agent = createAgent({ model, tools: toolSet().tools, middleware: [authorizationMiddleware(visible)] });
    const running = agent.invoke({ messages: [new HumanMessage("go")] });
    await expect(running).rejects.toMatchObject({ name: "RangeError", message: error.message, cause: error });
  });

  it("is also spared the tools of other middleware", async () => {
    const { tools } = toolSet();
    const model = new ScriptedModel([]);
    const other = createMiddleware({ name: "Other", tools });
    await createAgent({ model, tools: [], middleware: [other, authorizationMiddleware(visible)] }).invoke({
      messages: [new HumanMessage("go")],
    });
    expect(model.offered).toEqual([["read", "write"]]);
  });
});

describe("of a model call", () => {
  const { tools } = toolSet();
  const [erase, read] = tools;
  const offered = async (more: Partial<OfferingRequest>) => {
    const request = { tools, runtime: {}, ...more };
    return (await offerVisible(request, visible)).tools;
  };

  it.each<[string, AnyTool, "stays" | "goes"]>([
    [
      "a provider's tool that the policy allows by its name",
      { type: "web_search_20250305", name: "web_search" },
      "stays",
    ],
    ["one that it allows by its type", { type: "file_search" }, "stays"],
    ["one that it does not know", { type: "code_interpreter", name: "code" }, "goes"],
    ["one whose type alone it would allow", { type: "file_search", name: "erase" }, "goes"],
    ["one that has neither name nor type", { googleSearch: {} }, "goes"],
    ["a bare function definition that it allows", { type: "function", function: { name: "read" } }, "stays"],
    ["one of a function that it denies", { type: "function", function: { name: "erase" } }, "goes"],
  ])("%s", async (_what, other, becomes) => {
    expect(await offered({ tools: [other] })).toEqual(becomes === "stays" ? [other] : []);
  });

  it("the tool that the application wants to be called stays", async () => {
    const toolChoice = { type: "function", function: { name: "erase" } };
    expect(await offered({ tools: [erase, read] as AnyTool[], toolChoice })).toEqual([erase, read]);
  });

  it.each([
    ["required", [erase]],
    ["any", [erase]],
    ["auto", []],
    ["none", []],
    [undefined, []],
  ])("nothing is left out to the last where some call is demanded (%s)", async (toolChoice, expected) => {
    expect(await offered({ tools: [erase] as AnyTool[], toolChoice })).toEqual(expected);
  });

  it("everything stays where a tool cannot be read", async () => {
    const unreadable = Object.defineProperty({}, "name", {
      get() {
        throw new Error("hunter2");
      },
    });
    expect(await offered({ tools: [erase, unreadable] as AnyTool[] })).toHaveLength(2);
  });
});
