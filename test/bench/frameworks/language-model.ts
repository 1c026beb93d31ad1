import { given, toolName } from "./framework-loop.ts";

interface Asked {
  readonly prompt: readonly { readonly role: string }[];
}

const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
const called = {
  content: [{ type: "tool-call", toolCallId: "call-1", toolName, input: JSON.stringify(given) }],
  finishReason: { unified: "tool-calls", raw: "tool-calls" },
  usage,
  warnings: [],
};
const done = {
  content: [{ type: "text", text: "done" }],
  finishReason: { unified: "stop", raw: "stop" },
  usage,
  warnings: [],
};

/** A model of the AI SDK's interface that calls the tool, and is done once it has the result. It keeps nothing. */
export function languageModel(specificationVersion: "v3" | "v4"): object {
  return {
    specificationVersion,
    provider: "scripted",
    modelId: "scripted",
    supportedUrls: {},
    doGenerate: async ({ prompt }: Asked) => (prompt.at(-1)?.role === "tool" ? done : called),
    doStream: async ({ prompt }: Asked) => {
      const { content, finishReason } = prompt.at(-1)?.role === "tool" ? done : called;
      const parts = content.filter(({ type }) => type === "tool-call");
      const chunks = [{ type: "stream-start", warnings: [] }, ...parts, { type: "finish", finishReason, usage }];
      const start = (controller: ReadableStreamDefaultController) => {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      };
      return { stream: new ReadableStream({ start }) };
    },
  };
}
