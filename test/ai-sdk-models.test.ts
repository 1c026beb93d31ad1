import { setImmediate as nextTurn } from "node:timers/promises";
import { ModelCallDeniedError, type ModelExecution, modelAuthorization, withAuthorization } from "@ambit/ai-sdk";
import { type AuditRecord, type AuthorizerOptions, createAuthorizer, parsePolicy } from "@ambit/core";
import { createModelPrices } from "@ambit/prices";
import * as ai7 from "ai";
import { MockLanguageModelV4 } from "ai/test";
import * as ai5 from "ai5";
import { MockLanguageModelV2 } from "ai5/test";
import * as ai6 from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
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
  - { per: user, limit: "0.05", window: day }
`);
const context = { subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s1" };

interface Usage {
  readonly input: number;
  readonly cached?: number;
  readonly output: number;
}

type Step = readonly { readonly type: string }[];

function usageOf(version: string, { input, cached = 0, output }: Usage) {
  // What a cache took part in may be told beside the rest in version 5.
  if (version === "5") {
    return {
      inputTokens: input - cached,
      cachedInputTokens: cached,
      outputTokens: output,
      totalTokens: input + output,
    };
  }
  return {
    inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
}

interface Script {
  readonly steps: readonly Step[];
  readonly usage?: Usage;
  readonly modelId?: string;
  /** What the stream does after its parts, in place of ending with its usage. */
  readonly end?: "hang" | "error" | "break" | "nothing" | undefined;
  readonly fails?: () => unknown;
}

const text = [
  { type: "text-start", id: "t" },
  { type: "text-delta", id: "t", delta: "done" },
  { type: "text-end", id: "t" },
];

function callOf(toolName: string, id: number): Step {
  return [{ type: "tool-call", toolCallId: `c${id}`, toolName, input: "{}" }] as unknown as Step;
}

const versions = [
  ["7", ai7 as unknown as typeof ai6, MockLanguageModelV4 as unknown as typeof MockLanguageModelV3],
  ["6", ai6, MockLanguageModelV3],
  ["5", ai5 as unknown as typeof ai6, MockLanguageModelV2 as unknown as typeof MockLanguageModelV3],
] as const;

describe.each(versions)("calls of models in AI SDK %s", (version, sdk, Mock) => {
  /** A model that takes the scripted steps, and what was seen of it. */
  function setUp(script: Script, options: Partial<AuthorizerOptions> = {}, more: object = {}) {
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
    const steps = [...script.steps];
    const usage = usageOf(version, script.usage ?? { input: 100, output: 10 });
    const finish = (step: Step) => {
      const unified = step[0]?.type === "tool-call" ? "tool-calls" : "stop";
      return { finishReason: version === "5" ? unified : { unified, raw: unified }, usage };
    };
    let cancelled = 0;
    const doGenerate = async () => {
      const failure: unknown = script.fails?.();
      if (failure !== undefined) throw failure;
      const step = steps.shift() ?? text;
      const content = step === text ? [{ type: "text", text: "done" }] : step;
      return { content, ...finish(step), warnings: [] };
    };
    const doStream = async () => {
      const failure: unknown = script.fails?.();
      if (failure !== undefined) throw failure;
      const step = steps.shift() ?? text;
      const parts: unknown[] = [{ type: "stream-start", warnings: [] }, ...step];
      if (script.end === undefined) parts.push({ type: "finish", ...finish(step) });
      if (script.end === "error") parts.push({ type: "error", error: new Error("the provider's own") });
      const stream = new ReadableStream({
        pull(controller) {
          const part = parts.shift();
          if (part !== undefined) return controller.enqueue(part);
          if (script.end === "hang") return new Promise<void>(() => {});
          if (script.end === "break") return controller.error(new Error("the connection broke"));
          return controller.close();
        },
        cancel() {
          cancelled += 1;
        },
      });
      return { stream };
    };
    const settings = { provider: "house.chat", modelId: script.modelId ?? "small", doGenerate, doStream };
    const scripted = new Mock(settings as never); // The script is the same for all versions.
    const middleware = modelAuthorization({
      authorizer,
      context,
      prices,
      ...more,
    }) as unknown as ai6.LanguageModelMiddleware;
    const model = sdk.wrapLanguageModel({ model: scripted, middleware });
    const outcomes = () =>
      records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
    return { authorizer, scripted, model, records, faults, outcomes, cancelled: () => cancelled };
  }

  it("reserves an estimate before a call, and settles it by the tokens that it took", async () => {
    const { model, outcomes, records } = setUp({ steps: [], usage: { input: 100, cached: 50, output: 10 } });
    const { text: answer } = await sdk.generateText({ model, prompt: "go", maxOutputTokens: 200 });
    expect(answer).toBe("done");
    const [decision] = records;
    const cost = decision?.type === "decision" ? Number(decision.cost) : Number.NaN;
    // 200 tokens out at most, and some for the prompt.
    expect(cost).toBeGreaterThan(0.002);
    expect(cost).toBeLessThan(0.0021);
    expect(outcomes()).toEqual(["succeeded 0.000155"]);
  });

  it("settles a stream by the usage in its last part", async () => {
    const { model, outcomes, faults } = setUp({ steps: [] });
    const result = sdk.streamText({ model, prompt: "go", maxOutputTokens: 200 });
    expect(await result.text).toBe("done");
    expect(outcomes()).toEqual(["succeeded 0.0002"]);
    expect(faults).toEqual([]);
  });

  it("spends the same budget as tools, and a denial ends the loop with its reason", async () => {
    const { authorizer, model, scripted } = setUp({ steps: [callOf("read", 1), callOf("read", 2), callOf("read", 3)] });
    const runs: unknown[] = [];
    const read = sdk.tool({ inputSchema: z.object({}), execute: async () => void runs.push(1) });
    const tools = withAuthorization({ read }, { authorizer, context }) as ai6.ToolSet;
    const running = sdk.generateText({
      model,
      tools,
      prompt: "go",
      maxOutputTokens: 1_000,
      stopWhen: sdk.stepCountIs(9),
    });
    const error: unknown = await running.catch((thrown: unknown) => thrown);
    // Two reads cost 0.04, and then a call of the model that may cost 0.01 does not fit any more.
    expect(ModelCallDeniedError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      name: "ModelCallDeniedError",
      tool: "model:house/small",
      message: expect.stringMatching(/^daily budget exceeded \(0\.0404 \+ 0\.01\d+ > 0\.05\)$/),
      decision: { code: "budget_exhausted", rule: "user day" },
    });
    expect({ runs: runs.length, calls: scripted.doGenerateCalls.length }).toEqual({ runs: 2, calls: 2 });
  });

  it("a denial reaches the reader of a stream with its reason", async () => {
    const { model, scripted } = setUp({ steps: [] });
    const told: unknown[] = [];
    const result = sdk.streamText({
      model,
      prompt: "go",
      maxOutputTokens: 100_000,
      onError: ({ error }) => void told.push(error),
    });
    await expect(result.text).rejects.toThrow();
    expect(told).toEqual([
      expect.objectContaining({ name: "ModelCallDeniedError", message: expect.stringContaining("budget exceeded") }),
    ]);
    expect(scripted.doStreamCalls).toHaveLength(0);
  });

  it.each(["generate", "stream"] as const)(
    "B1: of parallel calls to %s only as many run as the budget covers",
    async (kind) => {
      const { model, scripted, outcomes } = setUp({ steps: [], usage: { input: 0, output: 1_000 } });
      const ask = async () => {
        const settings = { model, prompt: "go", maxOutputTokens: 1_000, maxRetries: 0 };
        if (kind === "generate") return (await sdk.generateText(settings)).text;
        return await sdk.streamText({ ...settings, onError: () => {} }).text;
      };
      const answers = await Promise.allSettled(Array.from({ length: 20 }, ask));
      // Each may cost a little more than 0.01.
      expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
      expect(scripted.doGenerateCalls.length + scripted.doStreamCalls.length).toBe(4);
      expect(outcomes()).toEqual(Array(4).fill("succeeded 0.01"));
    },
  );

  it("each retry is a call, and one that failed is charged what was reserved", async () => {
    let failures = 0;
    const busy = () => {
      failures += 1;
      const error = { url: "x", requestBodyValues: {}, statusCode: 503, isRetryable: true };
      return failures > 1 ? undefined : new sdk.APICallError({ message: "busy", ...error });
    };
    const { model, outcomes } = setUp({ steps: [], fails: busy });
    await sdk.generateText({ model, prompt: "go", maxOutputTokens: 100 });
    expect(outcomes()).toEqual([expect.stringMatching(/^failed 0\.001\d+$/), "succeeded 0.0002"]);
  });

  it("a denied call is not tried again", async () => {
    const { model, records } = setUp({ steps: [] });
    await expect(sdk.generateText({ model, prompt: "go", maxOutputTokens: 100_000 })).rejects.toThrow(
      "budget exceeded",
    );
    expect(records.filter(({ type }) => type === "decision")).toHaveLength(1);
  });

  it.each<[string, Script["end"], string]>([
    ["ends without usage", "nothing", "failed"],
    ["ends with an error of the provider", "error", "failed"],
    ["breaks", "break", "failed"],
  ])(
    "B4: a stream that %s is charged what was reserved, and stays the stream that it was",
    async (_name, end, status) => {
      const { model, outcomes } = setUp({ steps: [], end });
      const settings = { model, prompt: "go", maxOutputTokens: 100, onError: () => {} };
      const parts: string[] = [];
      // A loop, for Array.fromAsync never ends where a stream of version 5 breaks.
      const reading = async () => {
        for await (const part of sdk.streamText(settings).textStream) parts.push(part);
      };
      await reading().catch(() => {});
      if (end !== "break") expect(parts).toEqual(["done"]);
      expect(outcomes()).toEqual([expect.stringMatching(new RegExp(`^${status} 0\\.001\\d+$`))]);
    },
  );

  it.each(["hang", undefined] as const)(
    "a stream that its reader gives up is settled, also while the model says nothing: %s",
    async (end) => {
      const { model, outcomes, cancelled } = setUp({ steps: [], end });
      const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "go" }] }];
      const { stream } = await model.doStream({ prompt, maxOutputTokens: 100 });
      const reader = stream.getReader();
      for (let part = 0; part < 4; part += 1) await reader.read();
      const waiting = end === "hang" ? reader.read() : undefined;
      await nextTurn(); // Until the model has been asked for more.
      await reader.cancel("the user left");
      await waiting;
      expect(outcomes()).toEqual([expect.stringMatching(/^aborted 0\.001\d+$/)]);
      expect(cancelled()).toBe(1);
    },
  );

  it("a call that was aborted before it began fails with the reason of that, and costs nothing", async () => {
    const controller = new AbortController();
    const leave = (): typeof context => {
      controller.abort(new Error("the user left"));
      return context;
    };
    const { model, scripted, outcomes } = setUp({ steps: [] }, {}, { context: leave });
    const settings = { model, prompt: "go", abortSignal: controller.signal, maxOutputTokens: 10 };
    await expect(sdk.generateText(settings)).rejects.toThrow("the user left");
    expect({ calls: scripted.doGenerateCalls, outcomes: outcomes() }).toEqual({
      calls: [],
      outcomes: ["not_started 0.00"],
    });
  });

  it("R7: a stream of a session that is stopped before it begins is denied, and never asks the model", async () => {
    const { authorizer } = setUp({ steps: [] });
    const stopping = {
      stream: async (...asked: Parameters<typeof authorizer.stream>) => {
        const outcome = await authorizer.stream(...asked);
        await authorizer.suspend({ kind: "session", user: "u1", id: "s1" });
        return outcome;
      },
    };
    const { model, scripted } = setUp({ steps: [] }, {}, { authorizer: stopping });
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "go" }] }];
    const asking = Promise.resolve(model.doStream({ prompt, maxOutputTokens: 10 }));
    const error: unknown = await asking.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ModelCallDeniedError", decision: { code: "suspended" } });
    expect(scripted.doStreamCalls).toEqual([]);
  });

  it.each<[string, Partial<Script>, object]>([
    ["a model without a price", { modelId: "unpriced" }, {}],
    ["a model that the policy does not name", { modelId: "other" }, {}],
    ["a prompt that cannot be estimated", {}, { inputTokens: () => undefined }],
    ["an estimate that is no number of tokens", {}, { inputTokens: () => 0.5 }],
    [
      "an estimate that fails",
      {},
      {
        inputTokens: () => {
          throw new Error(secret);
        },
      },
    ],
    ["nobody who asks", {}, { context: () => undefined }],
    [
      "an authorizer that fails",
      {},
      { authorizer: { run: () => Promise.reject(new Error(secret)), stream: () => Promise.reject(new Error(secret)) } },
    ],
  ])("B4, D3, D11: %s denies the call", async (_name, script, more) => {
    for (const kind of ["doGenerate", "doStream"] as const) {
      const { model, scripted } = setUp({ steps: [], ...script }, {}, more);
      const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "go" }] }];
      const error: unknown = await Promise.resolve(model[kind]({ prompt })).catch((thrown: unknown) => thrown);
      expect(ModelCallDeniedError.isInstance(error)).toBe(true);
      expect(String(error)).not.toContain(secret);
      expect([...scripted.doGenerateCalls, ...scripted.doStreamCalls]).toEqual([]);
    }
  });

  it("L6: nothing of the prompt is in the arguments that are judged, or in a record", async () => {
    const told: ModelExecution[] = [];
    const seen: unknown[] = [];
    const estimate: typeof prices.estimate = (call) => {
      seen.push(call.arguments);
      return prices.estimate(call);
    };
    const ask = (execution: ModelExecution) => {
      told.push(execution);
      return context;
    };
    const { model, records } = setUp({ steps: [] }, { costs: { tokens: estimate } }, { context: ask });
    await sdk.generateText({ model, prompt: `my password is ${secret}`, maxOutputTokens: 10 });
    expect(JSON.stringify([records, seen, told])).not.toContain(secret);
    expect(seen).toEqual([
      { provider: "house", model: "small", inputTokens: expect.any(Number), maximumOutputTokens: 10 },
    ]);
    expect(told).toMatchObject([{ toolName: "model:house/small", provider: "house", model: "small" }]);
  });

  it("bounds the output of calls that do not bound it themselves, and prices what it then may be", async () => {
    const { model, scripted, records } = setUp({ steps: [] }, {}, { maximumOutputTokens: 300 });
    await sdk.generateText({ model, prompt: "go" });
    await sdk.generateText({ model, prompt: "go", maxOutputTokens: 20 });
    expect(scripted.doGenerateCalls.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([300, 20]);
    const costs = records.flatMap((record) => (record.type === "decision" ? [Number(record.cost).toFixed(3)] : []));
    expect(costs).toEqual(["0.003", "0.000"]);
  });

  it("a usage that cannot be that of one call leaves the reservation charged, and is told to onFault", async () => {
    const { model, outcomes, faults } = setUp({ steps: [], usage: { input: 1, cached: 5, output: 1 } });
    await sdk.generateText({ model, prompt: "go", maxOutputTokens: 100 });
    expect(outcomes()).toEqual([expect.stringMatching(/^succeeded 0\.001\d+$/)]);
    expect(faults).toHaveLength(1);
  });
});
