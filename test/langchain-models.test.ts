import { type AuditRecord, type AuthorizerOptions, createAuthorizer, parsePolicy } from "@ambit/core";
import {
  authorizationMiddleware,
  type ModelAuthorizationOptions,
  ModelCallDeniedError,
  type ModelExecution,
  modelAuthorization,
} from "@ambit/langchain";
import { createModelPrices } from "@ambit/prices";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  type UsageMetadata,
} from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { tool } from "@langchain/core/tools";
import { createAgent, modelRetryMiddleware } from "langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const secret = "hunter2";
const prices = createModelPrices({
  // A token in costs a millionth, one out ten.
  models: { "house/small": { input: "1", output: "10", cachedInput: "0.1", maximumOutputTokens: 1_000 } },
});
const policy = parsePolicy(`
tools:
  "model:house/small": { scope: tool:model:small, cost: { by: tokens } }
  "model:house/unpriced": { scope: tool:model:small, cost: { by: tokens } }
  read: { scope: tool:read, cost: 0.02 }
policies: [{ role: rep, allow: [tool:model:small, tool:read] }]
budgets:
  - { per: session, limit: "0.05" }
`);
const context = { subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s1" };
const usage = { input_tokens: 100, output_tokens: 10, total_tokens: 110 };

interface Script {
  /** How many times it calls `read` before it says "done". */
  readonly reads?: number;
  readonly name?: string;
  readonly usage?: object | undefined;
  readonly maximum?: number | undefined;
  readonly fails?: () => Error | undefined;
  /** Waits, so that calls of several agents are under way together. */
  readonly wait?: () => Promise<void>;
}

/** A model that reads a while and then says "done". */
class ScriptedModel extends BaseChatModel {
  calls = 0;
  readonly #script: Script;

  constructor(script: Script) {
    super({});
    this.#script = script;
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(): this {
    return this;
  }

  override getLsParams(options: this["ParsedCallOptions"]) {
    const { name = "small", maximum } = this.#script;
    const own = { ls_provider: "house", ls_model_name: name };
    return { ...super.getLsParams(options), ...own, ...(maximum === undefined ? {} : { ls_max_tokens: maximum }) };
  }

  override async _generate() {
    this.calls += 1;
    const { reads = 0, fails, wait } = this.#script;
    await wait?.();
    const failure = fails?.();
    if (failure !== undefined) throw failure;
    const call = { type: "tool_call" as const, id: `c${this.calls}`, name: "read", args: {} };
    const content = this.calls > reads ? { content: "done" } : { content: "", tool_calls: [call] };
    const message = Object.assign(new AIMessage(content), this.#given);
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }

  override async *_streamResponseChunks() {
    this.calls += 1;
    for (const text of ["do", "ne"]) {
      yield new ChatGenerationChunk({ text, message: new AIMessageChunk({ content: text }) });
    }
    const message = Object.assign(new AIMessageChunk({ content: "" }), this.#given);
    yield new ChatGenerationChunk({ text: "", message });
  }

  get #given() {
    // What a provider may give in spite of the types.
    const given = ("usage" in this.#script ? this.#script.usage : usage) as UsageMetadata | undefined;
    return given === undefined ? {} : { usage_metadata: given };
  }
}

function setUp(
  script: Script,
  options: Partial<AuthorizerOptions> = {},
  more: Partial<ModelAuthorizationOptions> = {},
) {
  const records: AuditRecord[] = [];
  const faults: unknown[] = [];
  const authorizer = createAuthorizer({
    policy,
    costs: { tokens: prices.estimate },
    clock: () => 0,
    audit: { append: async (record) => void records.push(record) },
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  const model = new ScriptedModel({ maximum: 100, ...script });
  const runs: unknown[] = [];
  const read = tool(() => `${runs.push(1)}`, { name: "read", schema: z.object({}) });
  const ours = modelAuthorization({ authorizer, context, prices, ...more });
  const middleware = [authorizationMiddleware({ authorizer, context }), ours];
  const agent = createAgent({ model, tools: [read], middleware });
  const ask = async (prompt = "go") => {
    const messages: readonly BaseMessage[] = (await agent.invoke({ messages: [new HumanMessage(prompt)] })).messages;
    return messages.at(-1)?.text;
  };
  const outcomes = () =>
    records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
  return { agent, ask, model, ours, runs, records, faults, outcomes };
}

/** What an agent makes of an error of a middleware: one of the same name and message, with the original as its cause. */
async function denialOf(running: Promise<unknown>): Promise<ModelCallDeniedError> {
  const error: unknown = await running.catch((thrown: unknown) => thrown);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (ModelCallDeniedError.isInstance(cause)) {
      expect(error).toMatchObject({ name: "ModelCallDeniedError", message: cause.message });
      return cause;
    }
  }
  return expect.unreachable(`not denied but ${String(error)}`);
}

describe("calls of an agent's model", () => {
  it("reserves an estimate before a call, and settles it by the tokens that it took", async () => {
    const input_token_details = { cache_read: 50 };
    const { ask, outcomes, records, faults } = setUp({ usage: { ...usage, input_token_details }, maximum: 200 });
    expect(await ask()).toBe("done");
    const [decision] = records;
    const cost = decision?.type === "decision" ? Number(decision.cost) : Number.NaN;
    // 200 tokens out at most, and some for the prompt and its tools.
    expect(cost).toBeGreaterThan(0.002);
    expect(cost).toBeLessThan(0.0022);
    expect({ outcomes: outcomes(), faults }).toEqual({ outcomes: ["succeeded 0.000155"], faults: [] });
  });

  it("settles a call whose parts are streamed to the application", async () => {
    const { agent, outcomes } = setUp({});
    const stream = await agent.stream({ messages: [new HumanMessage("go")] }, { streamMode: "messages" });
    const texts = (await Array.fromAsync(stream)).map(([message]) => message.text);
    expect(texts.join("")).toContain("done");
    expect(outcomes()).toEqual(["succeeded 0.0002"]);
  });

  it("spends the same budget as tools, and a denial ends the run with its reason", async () => {
    const { ask, model, runs } = setUp({ reads: 9, maximum: 1_000 });
    const denied = await denialOf(ask());
    // Two reads cost 0.04, and then a call of the model that may cost 0.01 does not fit any more.
    expect(denied).toMatchObject({
      tool: "model:house/small",
      message: expect.stringMatching(/^session budget exceeded \(0\.0404 \+ 0\.01\d+ > 0\.05\)$/),
      decision: { code: "budget_exhausted" },
    });
    expect({ runs: runs.length, calls: model.calls }).toEqual({ runs: 2, calls: 2 });
  });

  it("B1: of parallel calls only as many run as the budget covers", async () => {
    let go: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    const all = { input_tokens: 0, output_tokens: 1_000, total_tokens: 1_000 };
    const { ask, model, outcomes, records } = setUp({ maximum: 1_000, usage: all, wait: () => wait });
    const asking = Array.from({ length: 12 }, () => ask().catch(() => "denied"));
    await expect.poll(() => records.filter(({ type }) => type === "decision").length).toBe(12);
    go();
    const answers = await Promise.all(asking);
    expect(answers.filter((answer) => answer === "done")).toHaveLength(4);
    expect({ calls: model.calls, outcomes: outcomes() }).toEqual({
      calls: 4,
      outcomes: Array(4).fill("succeeded 0.01"),
    });
  });

  it("each retry is a call, and one that failed is charged what was reserved", async () => {
    let failures = 0;
    const fails = () => {
      failures += 1;
      return failures > 1 ? undefined : new Error("busy");
    };
    const { model, ours, outcomes } = setUp({ fails });
    const retry = modelRetryMiddleware({ maxRetries: 2, initialDelayMs: 1 });
    const agent = createAgent({ model, tools: [], middleware: [retry as unknown as typeof ours, ours] });
    await agent.invoke({ messages: [new HumanMessage("go")] });
    expect(outcomes()).toEqual([expect.stringMatching(/^failed 0\.001\d+$/), "succeeded 0.0002"]);
  });

  it("an error of the model stays what it was", async () => {
    const { ask } = setUp({ fails: () => new TypeError("the provider's own") });
    await expect(ask()).rejects.toMatchObject({ name: "TypeError", message: "the provider's own" });
  });

  it.each<[string, object | undefined]>([
    ["nothing", undefined],
    ["no output", { input_tokens: 5 }],
    ["more cached than there was", { ...usage, input_token_details: { cache_read: 101 } }],
    ["NaN", { ...usage, output_tokens: Number.NaN }],
  ])("B4: a usage that says %s leaves the reservation charged, and is told to onFault", async (_name, given) => {
    const { ask, outcomes, faults } = setUp({ usage: given });
    expect(await ask()).toBe("done");
    expect(outcomes()).toEqual([expect.stringMatching(/^succeeded 0\.001\d+$/)]);
    expect(faults).toHaveLength(1);
  });

  it("a run that is aborted while its model works is charged what was reserved", async () => {
    const controller = new AbortController();
    const { agent, outcomes } = setUp({ wait: async () => controller.abort(new Error("the user left")) });
    const running = agent.invoke({ messages: [new HumanMessage("go")] }, { signal: controller.signal });
    await expect(running).rejects.toThrow();
    await expect.poll(outcomes).toEqual([expect.stringMatching(/^failed 0\.001\d+$/)]);
  });

  it.each<[string, Script, Partial<ModelAuthorizationOptions>]>([
    ["a model without a price", { name: "unpriced" }, {}],
    ["a model that the policy does not name", { name: "other" }, {}],
    ["a model that does not name itself", { name: "" }, {}],
    ["a prompt that cannot be estimated", {}, { inputTokens: () => undefined }],
    [
      "an estimate that fails",
      {},
      {
        inputTokens: () => {
          throw new Error(secret);
        },
      },
    ],
    [
      "output that nothing bounds",
      { maximum: undefined },
      { prices: { ...prices, maximumOutputTokens: () => undefined } },
    ],
    ["nobody who asks", {}, { context: () => undefined }],
    [
      "an authorizer that fails",
      {},
      {
        authorizer: {
          run: () => Promise.reject(new Error(secret)),
        } as unknown as ModelAuthorizationOptions["authorizer"],
      },
    ],
  ])("B4, D3, D11: %s denies the call", async (_name, script, more) => {
    const { ask, model } = setUp(script, {}, more);
    const denied = await denialOf(ask());
    expect(String(denied)).not.toContain(secret);
    expect(model.calls).toBe(0);
  });

  it("L6: nothing of the prompt is in the arguments that are judged, or in a record", async () => {
    const told: ModelExecution[] = [];
    const seen: unknown[] = [];
    const estimate: typeof prices.estimate = (call) => {
      seen.push(call.arguments);
      return prices.estimate(call);
    };
    const source = (execution: ModelExecution) => {
      told.push(execution);
      return context;
    };
    const { ask, records } = setUp({}, { costs: { tokens: estimate } }, { context: source });
    await ask(`my password is ${secret}`);
    expect(JSON.stringify([records, seen, told])).not.toContain(secret);
    expect(seen).toEqual([
      { provider: "house", model: "small", inputTokens: expect.any(Number), maximumOutputTokens: 100 },
    ]);
    expect(told).toMatchObject([{ toolName: "model:house/small", provider: "house", model: "small" }]);
  });

  it.each<[string, Script, Partial<ModelAuthorizationOptions>, Record<string, unknown>, number]>([
    ["what the call is set to", { maximum: 100 }, { maximumOutputTokens: 50 }, { max_tokens: 70 }, 70],
    ["or else what the model is set to", { maximum: 100 }, { maximumOutputTokens: 50 }, {}, 100],
    ["or else what you say", { maximum: undefined }, { maximumOutputTokens: 50 }, {}, 50],
    ["or else the most that it can", { maximum: undefined }, {}, {}, 1_000],
  ])("prices the output by its bound: %s", async (_name, script, more, modelSettings, most) => {
    const seen: unknown[] = [];
    const estimate: typeof prices.estimate = (call) => {
      seen.push(call.arguments["maximumOutputTokens"]);
      return prices.estimate(call);
    };
    const { model, ours } = setUp(script, { costs: { tokens: estimate } }, more);
    const setting = {
      name: "Setting",
      wrapModelCall: ((request, handler) => handler({ ...request, modelSettings })) as NonNullable<
        typeof ours.wrapModelCall
      >,
    };
    await createAgent({ model, tools: [], middleware: [setting, ours] }).invoke({ messages: [new HumanMessage("go")] });
    expect(seen).toEqual([most]);
  });

  it("E2: a model that the run may choose is resolved once, and the one that was judged is called", async () => {
    const { ours, model, outcomes } = setUp({});
    const other = new ScriptedModel({ name: "other" });
    const chosen: unknown[] = [];
    const configurable = Object.assign(new ScriptedModel({ name: "other" }), {
      _queuedMethodOperations: {},
      _getModelInstance: async (config?: { readonly configurable?: Readonly<Record<string, unknown>> }) => {
        chosen.push(config?.configurable?.["choice"]);
        return config?.configurable?.["choice"] === "small" && chosen.length < 3 ? model : other;
      },
    });
    const agent = createAgent({ model: configurable, tools: [], middleware: [ours] });
    await agent.invoke({ messages: [new HumanMessage("go")] }, { configurable: { choice: "small" } });
    expect(outcomes()).toEqual(["succeeded 0.0002"]);
    expect({ judged: model.calls, other: other.calls }).toEqual({ judged: 1, other: 0 });
  });
});
