import { createAuthorizer, type JsonObject, type ModelUsage, modelToolCall, parsePolicy } from "@ambit/core";
import { calcPrice } from "@pydantic/genai-prices";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createModelPrices } from "./create-model-prices.ts";
import type { ModelPriceOption } from "./model-price-option.ts";

const clock = () => Date.UTC(2026, 10, 1);
const own: Readonly<Record<string, ModelPriceOption>> = {
  "house/small": { input: "0.075", output: "0.30" },
  "house/tiny": { input: "0.000001", output: "0" },
  "house/large": {
    input: "2",
    output: "10",
    cachedInput: "0.5",
    cacheWrite: "2.5",
    reasoning: "12",
    call: "0.01",
    maximumOutputTokens: 8_000,
  },
};
const prices = createModelPrices({ models: own, clock });
const context = { subject: { id: "u", roles: [], scopes: [] }, actor: { id: "a" }, session: "s" };

function estimate(model: string, inputTokens: number, maximumOutputTokens: number) {
  const [provider = "", name = ""] = model.split("/");
  return ask({ provider, model: name, inputTokens, maximumOutputTokens });
}

function ask(args: JsonObject) {
  return prices.estimate({ tool: "model:x", arguments: args, context });
}

describe("an estimate", () => {
  it.each([
    ["house/small", 1_000_000, 1_000_000, "0.375000"],
    // A token of 0.075 millionths does not vanish, and ten of them do not become ten millionths.
    ["house/small", 1, 0, "0.000001"],
    ["house/small", 14, 0, "0.000002"],
    ["house/small", 0, 0, "0.000000"],
    ["house/tiny", 1, 0, "0.000001"],
    ["house/tiny", 1_000_000, 9_000_000, "0.000001"],
    ["house/tiny", 1_000_001, 0, "0.000002"],
    // As if all of it were written to the cache, and all output were reasoning.
    ["house/large", 1_000, 1_000, "0.024500"],
    ["house/large", 0, 0, "0.010000"],
    ["openai/gpt-5", 1_000, 1_000, "0.011250"],
    // Above 200,000 tokens all tokens of the call are dearer.
    ["anthropic/claude-sonnet-4-5", 200_000, 0, "0.750000"],
    ["anthropic/claude-sonnet-4-5", 200_001, 0, "1.500008"],
    // A fee for each call, whatever it takes.
    ["perplexity/sonar", 0, 0, "0.012000"],
  ])("of %s for %i tokens in and %i out is %s, rounded up once", (model, input, output, cost) => {
    expect(estimate(model, input, output)).toBe(cost);
  });

  it.each<[string, JsonObject]>([
    ["an unknown model", { provider: "openai", model: "gpt-nothing", inputTokens: 1, maximumOutputTokens: 1 }],
    ["an unknown provider", { provider: "nobody", model: "gpt-5", inputTokens: 1, maximumOutputTokens: 1 }],
    [
      "a name that all objects inherit",
      { provider: "openai", model: "constructor", inputTokens: 1, maximumOutputTokens: 1 },
    ],
    [
      "a model that has a price for its input alone",
      { provider: "openai", model: "text-embedding-3-small", inputTokens: 1, maximumOutputTokens: 1 },
    ],
    ["no input tokens", { provider: "openai", model: "gpt-5", maximumOutputTokens: 1 }],
    ["no bound of the output", { provider: "openai", model: "gpt-5", inputTokens: 1 }],
    ["a negative number", { provider: "openai", model: "gpt-5", inputTokens: -1, maximumOutputTokens: 1 }],
    ["half a token", { provider: "openai", model: "gpt-5", inputTokens: 0.5, maximumOutputTokens: 1 }],
    ["a text for a number", { provider: "openai", model: "gpt-5", inputTokens: "1", maximumOutputTokens: 1 }],
    ["no model", { provider: "openai", inputTokens: 1, maximumOutputTokens: 1 }],
  ])("B4: cannot be made for %s, and that denies the call", async (_name, args) => {
    expect(() => ask(args)).toThrow();
    const policy = parsePolicy(
      "tools: { m: { scope: tool:m, cost: { by: tokens } } }\npolicies: [{ role: r, allow: [tool:m] }]",
    );
    const authorizer = createAuthorizer({ policy, costs: { tokens: prices.estimate } });
    const subject = { id: "u", roles: ["r"], scopes: ["**"] };
    const decision = await authorizer.authorize({ tool: "m", arguments: args }, { ...context, subject });
    expect(decision).toMatchObject({ allowed: false, reason: "the cost of this call could not be computed" });
  });
});

describe("what a call cost", () => {
  const large = { provider: "house", model: "large" };

  it.each<[string, ModelUsage, string]>([
    ["plain", { inputTokens: 1_000, outputTokens: 100 }, "0.013000"],
    ["cached", { inputTokens: 1_000, cachedInputTokens: 900, outputTokens: 0 }, "0.010650"],
    ["written to a cache", { inputTokens: 1_000, cacheWriteTokens: 1_000, outputTokens: 0 }, "0.012500"],
    ["reasoning", { inputTokens: 0, outputTokens: 100, reasoningTokens: 60 }, "0.011120"],
  ])("%s: %j", (_name, usage, cost) => {
    expect(prices.costOf(large, usage)).toBe(cost);
  });

  it.each<[string, ModelUsage]>([
    ["nothing", { inputTokens: undefined, outputTokens: undefined }],
    ["no token at all", { inputTokens: 0, outputTokens: 0 }],
    ["no output", { inputTokens: 5, outputTokens: undefined }],
    ["NaN", { inputTokens: Number.NaN, outputTokens: 1 }],
    ["fewer than none", { inputTokens: 5, outputTokens: -1 }],
    ["more cached than there was", { inputTokens: 5, cachedInputTokens: 6, outputTokens: 0 }],
    ["more reasoning than there was", { inputTokens: 5, outputTokens: 0, reasoningTokens: 1 }],
  ])("B4: is not known where the provider counted %s", (_name, usage) => {
    expect(() => prices.costOf(large, usage)).toThrow(RangeError);
  });

  it("is what the table's own calculation says, within its floating point and one millionth", () => {
    const models = [
      ["openai", "gpt-5"],
      ["openai", "gpt-5.5"],
      ["openai", "o3"],
      ["anthropic", "claude-sonnet-4-5"],
      ["anthropic", "claude-opus-4-5"],
      ["google", "gemini-2.5-pro"],
      ["mistral", "mistral-large-latest"],
    ] as const;
    const tokens = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        tokens,
        fc.nat(100),
        tokens,
        ([provider, model], input, share, output) => {
          const cached = Math.floor((input * share) / 100);
          const usage = { inputTokens: input, cachedInputTokens: cached, outputTokens: output };
          const theirs = calcPrice({ input_tokens: input, cache_read_tokens: cached, output_tokens: output }, model, {
            providerId: provider,
            timestamp: new Date(clock()),
          })?.total_price;
          const difference = Number(prices.costOf({ provider, model }, usage)) - (theirs ?? Number.NaN);
          expect(difference).toBeGreaterThan(-1e-9);
          expect(difference).toBeLessThan(1.001e-6);
        },
      ),
    );
  });

  it("B1: is never above the estimate of a call that took no more tokens", () => {
    const tokens = fc.integer({ min: 1, max: 400_000 });
    const names = ["house/small", "house/tiny", "house/large", "openai/gpt-5"];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        tokens,
        tokens,
        fc.nat(100),
        fc.nat(100),
        (name, input, output, one, two) => {
          const [provider = "", model = ""] = name.split("/");
          const cachedInputTokens = Math.floor((input * one) / 200);
          const cacheWriteTokens = Math.floor((input * two) / 200);
          const reasoningTokens = Math.floor((output * one) / 100);
          const usage = {
            inputTokens: input,
            cachedInputTokens,
            cacheWriteTokens,
            outputTokens: output,
            reasoningTokens,
          };
          const reserved = Number(estimate(name, input, output));
          expect(Number(prices.costOf({ provider, model }, usage))).toBeLessThanOrEqual(reserved);
        },
      ),
    );
  });
});

it("your own prices count before those of the table", () => {
  const mine = createModelPrices({ models: { "openai/gpt-5": { input: "1", output: "1", maximumOutputTokens: 100 } } });
  const call = modelToolCall({ provider: "openai", model: "gpt-5", inputTokens: 1_000, maximumOutputTokens: 1_000 });
  expect(mine.estimate({ tool: call.tool, arguments: call.arguments as JsonObject, context })).toBe("0.002000");
  expect(mine.maximumOutputTokens({ provider: "openai", model: "gpt-5" })).toBe(100);
});

it("the most that a model can put out is what you say, or else no more than its context holds, or else unknown", () => {
  const most = (provider: string, model: string) => prices.maximumOutputTokens({ provider, model });
  expect([most("house", "large"), most("openai", "gpt-5"), most("house", "small"), most("openai", "nothing")]).toEqual([
    8_000,
    400_000,
    undefined,
    undefined,
  ]);
});

it("a price that changes counts as of the moment of the call", () => {
  const before = createModelPrices({ clock: () => Date.UTC(2025, 5, 9) });
  const usage = { inputTokens: 1_000_000, outputTokens: 0 };
  const o3 = { provider: "openai", model: "o3" };
  expect([before.costOf(o3, usage), prices.costOf(o3, usage)]).toEqual(["10.000000", "2.000000"]);
});

it.each<[string, unknown]>([
  ["a number", { input: 1, output: "1" }],
  ["a negative price", { input: "-1", output: "1" }],
  ["an exponent", { input: "1e3", output: "1" }],
  ["no output", { input: "1" }],
  ["a price that is no text, for what may be left out", { input: "1", output: "1", cachedInput: 0 }],
  ["no number of tokens", { input: "1", output: "1", maximumOutputTokens: 0 }],
])("an option with %s is refused when the prices are made", (_name, option) => {
  // What plain JavaScript may hand over in spite of the types.
  expect(() => createModelPrices({ models: { "a/b": option as ModelPriceOption } })).toThrow(RangeError);
});
