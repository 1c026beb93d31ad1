import { createRequire } from "node:module";
import {
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  parsePolicy,
  ToolCallDeniedError,
  UngovernableToolError,
} from "@ambit/core";
import { DynamicTool, StructuredTool, tool } from "@langchain/core/tools";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools: { read: { scope: tool:crm:read }, send: { scope: tool:email:send } }
policies: [{ role: rep, allow: [tool:crm:read], deny: [tool:email:send] }]
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const records: AuditRecord[] = [];
beforeEach(() => void records.splice(0));
const schema = z.object({});
const asCall = (name: string, args = {}) => ({ type: "tool_call", id: "c1", name, args }) as const;

function options(more: Partial<AuthorizerOptions> = {}): AuthorizationOptions {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return { authorizer: createAuthorizer({ policy, audit, ...more }), context };
}

function outcomes(): string[] {
  return records.filter((record) => record.type === "outcome").map(({ status }) => status);
}

class Sender extends StructuredTool {
  override name = "send";
  override description = "d";
  override schema = schema;
  override async _call(): Promise<string> {
    return expect.unreachable("the body ran");
  }
}
class OwnInvoke extends Sender {
  // LangChain's type of `invoke` is wider than any one body needs.
  override invoke = (async () => this._call()) as never;
}
class OverriddenInvoke extends Sender {
  override async invoke(): Promise<never> {
    return expect.unreachable("the body ran");
  }
}
class OverriddenCall extends Sender {
  override async call(): Promise<never> {
    return expect.unreachable("the body ran");
  }
}
class OverriddenBatch extends Sender {
  override async batch(): Promise<never> {
    return expect.unreachable("the body ran");
  }
}
class Heir extends OverriddenInvoke {}
class PrivateInvoke extends Sender {
  #tries = 0;
  override async invoke(...given: Parameters<StructuredTool["invoke"]>): Promise<never> {
    if (this.#tries++ > 0) throw new Error("once only");
    return super.invoke(...given) as never; // As above.
  }
}
function plain(): StructuredTool {
  return tool(async () => expect.unreachable("the body ran"), { name: "send", description: "d", schema });
}
function patched(target: StructuredTool = new Sender()): StructuredTool {
  return Object.assign(target, { invoke: async () => expect.unreachable("the body ran") });
}

describe("tools with entrances of their own", () => {
  it.each([
    ["an invoke bound to the original", () => new OwnInvoke(), "invoke"],
    ["an invoke that does the work", () => new OverriddenInvoke(), "invoke"],
    ["an invoke that is inherited from another class", () => new Heir(), "invoke"],
    ["an invoke that reads private members", () => new PrivateInvoke(), "invoke"],
    ["an invoke put on the object", () => patched(), "invoke"],
    ["an invoke put on an object of LangChain's own class", () => patched(plain()), "invoke"],
    ["a call that does the work", () => new OverriddenCall(), "call"],
    ["a batch that does the work", () => new OverriddenBatch(), "batch"],
  ])("E4: are refused when they are wrapped: %s", (_name, make, entrance) => {
    const wrap = () => withAuthorization([make()], options());
    expect(wrap).toThrow(UngovernableToolError);
    expect(wrap).toThrow(`"${entrance}" of its own`);
  });

  it("E4: pass unchecked only where they are named as ungoverned", () => {
    const sender = new OverriddenInvoke();
    const search = { type: "web_search" };
    const settings = { ...options(), ungoverned: ["send", "web_search"] };
    expect(withAuthorization([sender, search], settings)).toEqual([sender, search]);
    expect(() => withAuthorization([sender], { ...options(), ungoverned: ["read"] })).toThrow(UngovernableToolError);
    expect(() => withAuthorization([search], options())).toThrow('the tool "web_search"');
  });

  it("do not count among the ungoverned where they can be judged", async () => {
    const [sender] = withAuthorization([new Sender()], { ...options(), ungoverned: ["send"] });
    await expect(sender.invoke({})).rejects.toBeInstanceOf(ToolCallDeniedError);
  });
});

describe("tools whose entrances are LangChain's", () => {
  it("may come from another copy of LangChain", async () => {
    const other = createRequire(import.meta.url)("@langchain/core/tools") as { DynamicTool: typeof DynamicTool };
    expect(other.DynamicTool).not.toBe(DynamicTool);
    const make = (name: string) => new other.DynamicTool({ name, description: "d", func: async (text) => text });
    const [read, send] = withAuthorization([make("read"), make("send")], options());
    expect(await read.invoke("hello")).toBe("hello");
    await expect(send.invoke("hello")).rejects.toBeInstanceOf(ToolCallDeniedError);
    class Own extends other.DynamicTool {
      override async call(): Promise<never> {
        return expect.unreachable("the body ran");
      }
    }
    const own = new Own({ name: "send", description: "d", func: async (text) => text });
    expect(() => withAuthorization([own], options())).toThrow('"call" of its own');
  });

  it("may have accessors over private members, and a body that is a member", async () => {
    class Reader extends StructuredTool {
      override name = "read";
      override schema = schema;
      #text = "reads";
      override get description(): string {
        return this.#text;
      }
      override _call = async () => `it ${this.#text}`;
    }
    // LangChain declares the description as a member, which a class may still make an accessor.
    const [reader] = withAuthorization([new Reader()], options());
    expect(reader.description).toBe("reads");
    expect(await reader.invoke({})).toBe("it reads");
  });

  it("may be called without the one text that they were made for", async () => {
    const clock = new DynamicTool({ name: "read", description: "d", func: async (text) => `got ${text}` });
    const [guarded] = withAuthorization([clock], options());
    for (const args of [{}, { input: "" }, { input: "now" }]) {
      expect(await guarded.invoke(asCall("read", args))).toEqual(await clock.invoke(asCall("read", args)));
    }
  });

  it("E2: get what was judged, though the input was changed since", async () => {
    const given = { quarter: "Q1" };
    const audit = { append: async () => void Object.assign(given, { quarter: "Q9" }) };
    const echo = tool(async (input: unknown) => JSON.stringify(input), {
      name: "read",
      description: "d",
      schema: { type: "object", properties: { quarter: { type: "string" } } },
    });
    const [read] = withAuthorization([echo], options({ audit }));
    expect(await read.invoke(given)).toBe('{"quarter":"Q1"}');
    expect(given).toEqual({ quarter: "Q9" });
  });

  it("reject with the very error that the tool threw", async () => {
    const error = new Error("no such quarter");
    const fail = async (): Promise<string> => Promise.reject(error);
    const [read] = withAuthorization([tool(fail, { name: "read", description: "d", schema })], options());
    await expect(read.invoke({})).rejects.toBe(error);
    expect(outcomes()).toEqual(["failed"]);
  });
});

describe("tools that yield", () => {
  const progress = (end: () => string) =>
    tool(
      async function* () {
        yield "half";
        return end();
      },
      { name: "read", description: "d", schema },
    );

  it("send their events, give what they return, and have succeeded when they end", async () => {
    const events: unknown[] = [];
    const ended: string[][] = [];
    const callbacks = [
      {
        handleToolEvent: (event: unknown) => {
          ended.push(outcomes());
          events.push(event);
        },
        handleToolEnd: () => void ended.push(outcomes()),
        awaitHandlers: true,
      },
    ];
    const [read] = withAuthorization([progress(() => "12 deals")], options());
    expect(await read.invoke(asCall("read"), { callbacks })).toMatchObject({ content: "12 deals", status: "success" });
    expect(events).toEqual(["half"]);
    // Not settled while it yields, and settled before its result is released.
    expect(ended).toEqual([[], ["succeeded"]]);
  });

  it("have failed when they throw on the way", async () => {
    const error = new Error("no such quarter");
    const thrower = progress(() => {
      throw error;
    });
    const [read] = withAuthorization([thrower], options());
    await expect(read.invoke({})).rejects.toBe(error);
    expect(outcomes()).toEqual(["failed"]);
  });

  it("have not succeeded when they are given up", async () => {
    const [read] = withAuthorization([progress(() => "12 deals")], options());
    const events = (await read.func({}, undefined as never)) as unknown as AsyncGenerator<string, string>; // It yields.
    await events.next();
    await events.return("");
    expect(outcomes()).toEqual(["failed"]);
  });

  const classifying = (rule: string) => {
    const classified = parsePolicy(`
tools:
  read: { scope: tool:crm:read, classify: [{ by: scanner, labels: [private-data] }] }
  post: { scope: tool:web:write }
policies: [{ role: rep, allow: ["tool:**"] }]
rules: [{ id: r, ${rule} }]
`);
    const classifiers = { scanner: () => [] };
    return { authorizer: createAuthorizer({ policy: classified, classifiers }), context };
  };

  it("E7: hold all that they may hold from before their first event", async () => {
    const settings = classifying("after: label:private-data, deny: tool:web:write");
    const post = tool(() => "posted", { name: "post", description: "d", schema });
    const [read, write] = withAuthorization([progress(() => "12 deals"), post], settings);
    const events = (await read.func({}, undefined as never)) as unknown as AsyncGenerator<string, string>; // It yields.
    await events.next();
    expect(await write.invoke(asCall("post"))).toMatchObject({ status: "error" });
    await events.return("");
  });

  it("E7: send nothing where what they may hold is forbidden", async () => {
    const settings = classifying("after: tool:web:write, deny: label:private-data");
    const post = tool(() => "posted", { name: "post", description: "d", schema });
    const [read, write] = withAuthorization([progress(() => "12 deals"), post], settings);
    expect(await write.invoke(asCall("post"))).toMatchObject({ status: "success" });
    const events: unknown[] = [];
    const callbacks = [{ handleToolEvent: (event: unknown) => void events.push(event), awaitHandlers: true }];
    const answer = await read.invoke(asCall("read"), { callbacks });
    expect(answer).toMatchObject({ status: "error", content: expect.stringContaining("tool_result_withheld") });
    expect(events).toEqual([]);
  });

  it("do not begin when they are denied", async () => {
    const never = tool(
      // biome-ignore lint/correctness/useYield: it must not even begin.
      async function* (): AsyncGenerator<string, string> {
        return expect.unreachable("the body ran");
      },
      { name: "send", description: "d", schema },
    );
    const [send] = withAuthorization([never], options());
    expect(await send.invoke(asCall("send"))).toMatchObject({ status: "error" });
  });
});

describe("the entry for tools alone", () => {
  it("loads where neither langchain nor langgraph is installed", async () => {
    const missing = () => {
      throw new Error("not installed");
    };
    vi.doMock("langchain", missing);
    vi.doMock("@langchain/langgraph", missing);
    vi.resetModules();
    const tools = await import("./tools.ts");
    expect(Object.keys(tools).sort()).toEqual([
      "ToolCallDeniedError",
      "UngovernableToolError",
      "authorizeTool",
      "withAuthorization",
    ]);
    await expect(import("./index.ts")).rejects.toThrow();
    vi.doUnmock("langchain");
    vi.doUnmock("@langchain/langgraph");
  });
});
