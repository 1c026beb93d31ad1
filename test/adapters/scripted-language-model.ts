import type { AgentReport, AgentScript } from "@ambit/conformance";
import { shownText } from "./framework-tool.ts";

/**
 * What the AI SDK's mock of a model is made of, for one that makes the calls of each step at once and then says "done".
 * `generation`: that of the interface of models; from the third on their endings and usages are objects.
 */
export function scriptedSettings(steps: AgentScript["steps"], generation: 2 | 3 | 4 = 4): object {
  let step = 0;
  const next = () =>
    steps[step++]?.map(({ id, tool, arguments: args }) => ({
      type: "tool-call" as const,
      toolCallId: id,
      toolName: tool,
      input: JSON.stringify(args),
    })) ?? [{ type: "text" as const, text: "done" }];
  const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
  const finish = (parts: readonly { type: string }[]) => {
    const unified = parts.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop";
    if (generation === 2) return { finishReason: unified, usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } };
    return { finishReason: { unified, raw: unified }, usage };
  };
  return {
    doGenerate: async () => {
      const content = next();
      return { content, ...finish(content), warnings: [] };
    },
    doStream: async () => {
      const parts = next();
      const chunks = parts.flatMap((part): readonly object[] =>
        part.type === "tool-call"
          ? [part]
          : [
              { type: "text-start", id: "t" },
              { type: "text-delta", id: "t", delta: part.text },
              { type: "text-end", id: "t" },
            ],
      );
      const all = [{ type: "stream-start", warnings: [] }, ...chunks, { type: "finish", ...finish(parts) }];
      const start = (controller: ReadableStreamDefaultController) => {
        for (const chunk of all) controller.enqueue(chunk);
        controller.close();
      };
      return { stream: new ReadableStream({ start }) };
    },
  };
}

/** A mock of a model, once it was called. */
export interface CalledModel {
  readonly doGenerateCalls: readonly ModelCall[];
  readonly doStreamCalls: readonly ModelCall[];
}

interface ModelCall {
  readonly prompt: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: unknown;
}

/** A result, or an answer to a request for approval. */
interface ToolPart {
  readonly toolCallId: string;
  readonly output?: { readonly value: unknown };
}

/** How a run ended, from what its model was shown. `seen`: what else the application was given. */
export function modelReport(model: CalledModel, { text, seen }: { text: string; seen: unknown }): AgentReport {
  const asked = [...model.doGenerateCalls, ...model.doStreamCalls];
  const prompts = asked.map(({ prompt }) => prompt);
  const results = (prompts.at(-1) ?? [])
    .filter(({ role }) => role === "tool")
    .flatMap(({ content }) => content as readonly ToolPart[])
    .flatMap(({ toolCallId, output }) => (output ? [{ id: toolCallId, text: shownText(output.value) }] : []));
  return { results, text, transcript: JSON.stringify([prompts, seen]), offered: asked[0]?.tools };
}
