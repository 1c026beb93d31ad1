import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, ToolMessage } from "@langchain/core/messages";

/** A call that a {@link ScriptedModel} makes. */
export interface ScriptedCall {
  readonly name: string;
  readonly args: Record<string, unknown>;
  /** Whether the model leaves out the call's id. */
  readonly anonymous?: true;
}

/** A model that makes the scripted calls, one step each, and then says "done". */
export class ScriptedModel extends BaseChatModel {
  /** What it was given in each turn. */
  readonly seen: BaseMessage[][] = [];
  readonly #steps: readonly (readonly ScriptedCall[])[];

  constructor(steps: readonly (readonly ScriptedCall[])[]) {
    super({});
    this.#steps = steps;
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(_tools: readonly object[]): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]) {
    const calls = this.#steps[this.seen.length];
    this.seen.push([...messages]);
    const toolCalls = calls?.map(({ name, args, anonymous }, index) => ({
      type: "tool_call" as const,
      ...(anonymous ? {} : { id: `call-${this.seen.length}-${index}` }),
      name,
      args,
    }));
    const message = new AIMessage(toolCalls === undefined ? "done" : { content: "", tool_calls: toolCalls });
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }

  /** What the model was told of its calls, in the given turn. */
  answers(turn: number): ToolMessage[] {
    return (this.seen[turn] ?? []).filter((message) => ToolMessage.isInstance(message));
  }
}
