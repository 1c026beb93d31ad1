import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { modelAuthorization } from "@ambit/ai-sdk";
import { type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import { createModelPrices } from "@ambit/prices";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { afterAll, beforeAll, expect, it } from "vitest";

const policy = parsePolicy(`
tools: { "model:house/small": { scope: tool:model:small, cost: { by: tokens } } }
policies: [{ role: rep, allow: [tool:model:small] }]
budgets: [{ per: session, limit: "1" }]
`);
const context = { subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s1" };
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 60 },
  completion_tokens_details: { reasoning_tokens: 5 },
};
const base = { id: "x", created: 1, model: "small" };

let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (text) => {
      body += text;
    });
    request.on("end", () => answer(JSON.parse(body) as Asked, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());

interface Asked {
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages: readonly { readonly content: string }[];
}

function answer({ stream, stream_options, messages }: Asked, response: ServerResponse): void {
  if (stream !== true) {
    const message = { role: "assistant", content: "hi" };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ...base, choices: [{ index: 0, message, finish_reason: "stop" }], usage }));
    return;
  }
  response.setHeader("content-type", "text/event-stream");
  const send = (part: object) => response.write(`data: ${JSON.stringify({ ...base, ...part })}\n\n`);
  send({ choices: [{ index: 0, delta: { role: "assistant", content: "hi" } }] });
  // It works on, and says no more.
  if (messages[0]?.content === "wait") return;
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  if (stream_options?.include_usage === true) send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

function setUp(includeUsage = true) {
  const prices = createModelPrices({
    models: { "house/small": { input: "1", output: "10", cachedInput: "0.5", reasoning: "20" } },
  });
  const records: AuditRecord[] = [];
  const authorizer = createAuthorizer({
    policy,
    costs: { tokens: prices.estimate },
    audit: { append: async (record) => void records.push(record) },
  });
  const { port } = server.address() as AddressInfo; // It listens on a port.
  const house = createOpenAICompatible({ name: "house", baseURL: `http://127.0.0.1:${port}/v1`, includeUsage });
  const middleware = modelAuthorization({ authorizer, context, prices, maximumOutputTokens: 1_000 });
  const outcomes = () =>
    records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
  return { model: wrapLanguageModel({ model: house("small"), middleware }), outcomes };
}

// 40 tokens at the usual price, 60 from the cache, 15 out, and 5 of reasoning.
const cost = "0.00032";

it("a provider's own counting settles a call over the network, with caches and reasoning priced as such", async () => {
  const { model, outcomes } = setUp();
  await generateText({ model, prompt: "go" });
  expect(await streamText({ model, prompt: "go" }).text).toBe("hi");
  expect(outcomes()).toEqual([`succeeded ${cost}`, `succeeded ${cost}`]);
});

it("B4: a stream whose provider does not tell its usage is charged what was reserved", async () => {
  const { model, outcomes } = setUp(false);
  expect(await streamText({ model, prompt: "go" }).text).toBe("hi");
  expect(outcomes()).toEqual([expect.stringMatching(/^succeeded 0\.02\d+$/)]);
});

it("a stream that is aborted while the provider works is charged what was reserved", async () => {
  const { model, outcomes } = setUp();
  const controller = new AbortController();
  const result = streamText({ model, prompt: "wait", abortSignal: controller.signal, onError: () => {} });
  for await (const text of result.textStream) {
    expect(text).toBe("hi");
    controller.abort();
  }
  await expect.poll(outcomes).toEqual([expect.stringMatching(/^(?:aborted|failed) 0\.02\d+$/)]);
});
