import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";

/** A model that does what its user asks, "Refund AMOUNT to CUSTOMER", and then says what came of it. */
export class ScriptedModel extends BaseChatModel {
  override _llmType(): string {
    return "scripted";
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const message = nextMessage(messages);
    return { generations: [{ text: message.text, message }] };
  }
}

function nextMessage(messages: readonly BaseMessage[]): AIMessage {
  const last = messages.at(-1);
  if (ToolMessage.isInstance(last)) return new AIMessage(describe(last));
  const asked = last !== undefined && HumanMessage.isInstance(last) ? last.text : "";
  const [, amount, customer] = /^Refund (\d+) to (\w+)$/.exec(asked) ?? [];
  if (customer === undefined) return new AIMessage("I can only refund.");
  const args = { customer, amount: Number(amount) };
  return new AIMessage({
    content: "",
    tool_calls: [{ type: "tool_call", id: `call-${messages.length}`, name: "refund_order", args }],
  });
}

function describe({ status, text }: ToolMessage): string {
  if (status !== "error") return `Done: ${text}.`;
  const denial: unknown = JSON.parse(text);
  const message = typeof denial === "object" && denial !== null && "message" in denial ? String(denial.message) : text;
  return `I could not refund it: ${message.replace(/\.$/, "")}.`;
}
