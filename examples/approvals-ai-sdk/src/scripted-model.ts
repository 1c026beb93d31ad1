import type { LanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";

type Prompt = Parameters<InstanceType<typeof MockLanguageModelV4>["doGenerate"]>[0]["prompt"];

/** A model that does what its user asks, "Refund AMOUNT to CUSTOMER", and then says what came of it. */
export function scriptedModel(): LanguageModel {
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const wish = wishIn(prompt);
      const reason = wish === undefined ? ("stop" as const) : ("tool-calls" as const);
      const part =
        wish === undefined
          ? { type: "text" as const, text: describe(prompt) }
          : {
              type: "tool-call" as const,
              toolCallId: `call-${prompt.length}`,
              toolName: "refund_order",
              input: JSON.stringify(wish),
            };
      return {
        content: [part],
        finishReason: { unified: reason, raw: reason },
        usage: {
          inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 0, text: 0, reasoning: 0 },
        },
        warnings: [],
      };
    },
  });
}

/** What the user has just asked for. */
function wishIn(prompt: Prompt): { customer: string; amount: number } | undefined {
  const message = prompt.at(-1);
  if (message?.role !== "user") return undefined;
  const said = message.content.map((part) => (part.type === "text" ? part.text : "")).join(" ");
  const [, amount, customer] = /^Refund (\d+) to (\w+)$/.exec(said) ?? [];
  return customer === undefined ? undefined : { customer, amount: Number(amount) };
}

/** What came of the last call. */
function describe(prompt: Prompt): string {
  const results = prompt.flatMap(({ role, content }) =>
    role === "tool" ? content.flatMap((part) => (part.type === "tool-result" ? [part.output] : [])) : [],
  );
  const output = results.at(-1);
  switch (output?.type) {
    case "text":
      return `Done: ${output.value}.`;
    case "error-text": {
      const denial: unknown = JSON.parse(output.value);
      const said = typeof denial === "object" && denial !== null && "message" in denial ? denial.message : output.value;
      return `I could not refund it: ${String(said).replace(/\.$/, "")}.`;
    }
    default:
      return "I can only refund.";
  }
}
