import type { ModelUsage } from "@ambit/core";
import { describe, expect, it } from "vitest";
import { type ModelEnding, modelUsage } from "./model-usage.ts";

const none = { cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
const anthropic = { anthropic: { cacheCreationInputTokens: 20 } };
const bedrock = { bedrock: { usage: { cacheWriteInputTokens: 20 } } };

describe("B4: what version 5 tells of a call is read as no less than it was", () => {
  it.each<[string, ModelEnding, ModelUsage]>([
    [
      "plain numbers",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } },
      { ...none, inputTokens: 10, outputTokens: 5 },
    ],
    [
      "cached input, which may come on top of the rest",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15, cachedInputTokens: 100 } },
      { ...none, inputTokens: 110, cachedInputTokens: 100, outputTokens: 5 },
    ],
    ...[anthropic, bedrock].map((providerMetadata): [string, ModelEnding, ModelUsage] => [
      "cache writes, which are told beside the usage",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 }, providerMetadata },
      { ...none, inputTokens: 30, cacheWriteTokens: 20, outputTokens: 5 },
    ]),
    [
      "no cache writes where there were none",
      {
        usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
        providerMetadata: { anthropic: { cacheCreationInputTokens: null } },
      },
      { ...none, inputTokens: 10, outputTokens: 5 },
    ],
    [
      "reasoning within the output, as the total shows",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15, reasoningTokens: 4 } },
      { ...none, inputTokens: 10, outputTokens: 5, reasoningTokens: 4 },
    ],
    [
      "reasoning beside the output, as the total shows",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 19, reasoningTokens: 4 } },
      { ...none, inputTokens: 10, outputTokens: 9, reasoningTokens: 4 },
    ],
    [
      "reasoning of which no total shows where it is",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: undefined, reasoningTokens: 4 } },
      { ...none, inputTokens: 10, outputTokens: 9, reasoningTokens: 4 },
    ],
    [
      "a total that is too large to be output",
      { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 1_000 } },
      { ...none, inputTokens: 10, outputTokens: 5 },
    ],
  ])("%s", (_name, ending, usage) => {
    expect(modelUsage(ending)).toEqual(usage);
  });

  it.each<[string, ModelEnding, "inputTokens" | "outputTokens"]>([
    ["input", { usage: { inputTokens: undefined, outputTokens: 5, totalTokens: 5 } }, "inputTokens"],
    ["output", { usage: { inputTokens: 5, outputTokens: undefined, totalTokens: 5 } }, "outputTokens"],
    [
      "cache writes",
      {
        usage: { inputTokens: 5, outputTokens: 5, totalTokens: 10 },
        providerMetadata: { anthropic: { cacheCreationInputTokens: "many" } },
      },
      "inputTokens",
    ],
  ])("%s that is no number makes no number", (_name, ending, member) => {
    expect(modelUsage(ending)[member]).toBeNaN();
  });
});

it("what versions 6 and 7 tell of a call is read as it is", () => {
  const inputTokens = { total: 30, noCache: 5, cacheRead: 5, cacheWrite: 20 };
  const usage = { inputTokens, outputTokens: { total: 5, text: 3, reasoning: 2 } };
  expect(modelUsage({ usage, providerMetadata: anthropic })).toEqual({
    inputTokens: 30,
    cachedInputTokens: 5,
    cacheWriteTokens: 20,
    outputTokens: 5,
    reasoningTokens: 2,
  });
});
