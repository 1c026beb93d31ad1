import { MockLanguageModelV4 } from "ai/test";

/** One call of a tool. `id`: default, the next of `call-0`, `call-1` and so on. */
export interface Call {
  readonly name: string;
  readonly input: unknown;
  readonly id?: string;
}

/** A model that makes the scripted calls, one step each, and then says "done". */
export function scripted(...steps: readonly (readonly Call[])[]) {
  let step = 0;
  let ids = 0;
  const content = () => {
    const made = steps[step++];
    if (made === undefined) return [{ type: "text" as const, text: "done" }];
    return made.map(({ name, input, id }) => ({
      type: "tool-call" as const,
      toolCallId: id ?? `call-${ids++}`,
      toolName: name,
      input: typeof input === "string" ? input : JSON.stringify(input),
    }));
  };
  const finish = (parts: readonly { type: string }[]) => {
    const unified = parts.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop";
    const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
    return { finishReason: { unified, raw: unified }, usage };
  };
  const settings = {
    doGenerate: async () => {
      const parts = content();
      return { content: parts, ...finish(parts), warnings: [] };
    },
    doStream: async () => {
      const parts = content();
      const chunks = parts.flatMap((part): unknown[] =>
        part.type === "tool-call"
          ? [part]
          : [
              { type: "text-start", id: "t" },
              { type: "text-delta", id: "t", delta: part.text },
              { type: "text-end", id: "t" },
            ],
      );
      const start = (controller: ReadableStreamDefaultController) => {
        controller.enqueue({ type: "stream-start", warnings: [] });
        for (const chunk of [...chunks, { type: "finish", ...finish(parts) }]) controller.enqueue(chunk);
        controller.close();
      };
      return { stream: new ReadableStream({ start }) };
    },
  };
  const model = new MockLanguageModelV4(settings as never); // It plays a script, which its types do not know.
  /** What the model was told of all its calls, in the order in which it was. */
  const seen = () => {
    const prompts = [...model.doGenerateCalls, ...model.doStreamCalls].map(({ prompt }) => prompt);
    return (prompts.at(-1) ?? [])
      .flatMap(({ role, content: parts }) => (role === "tool" ? parts : []))
      .flatMap((part) => (part.type === "tool-result" ? [part.output] : []))
      .map((output) => ("value" in output ? output.value : output));
  };
  // Mastra takes a model of the AI SDK, and gives another type to what it generates.
  return { model: model as never, seen };
}

/** A scripted model, and what it was told. */
export type Script = ReturnType<typeof scripted>;
