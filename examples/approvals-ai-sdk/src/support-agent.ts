import { type AuthorizationOptions, withAuthorization } from "@ambit/ai-sdk";
import { generateText, isStepCount, type LanguageModel, type ModelMessage, tool } from "ai";
import { z } from "zod";

/** A refund that was paid. */
export interface Payment {
  readonly customer: string;
  readonly amount: number;
}

/** What an agent works with. */
export interface SupportAgentSetup {
  readonly model: LanguageModel;
  /** Who asks, who decides, and who is told of a call that waits. */
  readonly authorization: Pick<AuthorizationOptions, "authorizer" | "context" | "onApproval">;
  /** Pays. */
  readonly pay: (payment: Payment) => void;
}

/** How far the agent came. */
export interface Turn {
  /** The whole conversation. */
  readonly messages: readonly ModelMessage[];
  /** The SDK's names of the calls that wait for a person. */
  readonly waiting: readonly string[];
  readonly text: string;
}

/** Works on a conversation, until it is done or a call waits for a person. */
export async function runSupportAgent(
  { model, authorization, pay }: SupportAgentSetup,
  messages: readonly ModelMessage[],
): Promise<Turn> {
  const refund = tool({
    description: "Pay a customer back.",
    inputSchema: z.object({ customer: z.string(), amount: z.number() }),
    execute: async ({ customer, amount }) => {
      pay({ customer, amount });
      return `${amount} refunded to ${customer}`;
    },
  });
  const tools = withAuthorization({ refund_order: refund }, { ...authorization, approvals: "pause" }); // The one line that matters.
  const result = await generateText({ model, tools, messages: [...messages], stopWhen: isStepCount(5) });
  const waiting = result.content.flatMap((part) => (part.type === "tool-approval-request" ? [part.approvalId] : []));
  return { messages: [...messages, ...result.responseMessages], waiting, text: result.text };
}

/** The messages with which a turn goes on that waited. They are no proof: any client could have written them. */
export function goOn({ messages, waiting }: Turn): readonly ModelMessage[] {
  const content = waiting.map((approvalId) => ({
    type: "tool-approval-response" as const,
    approvalId,
    approved: true,
  }));
  return [...messages, { role: "tool", content }];
}
