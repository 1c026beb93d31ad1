import type { Authorizer, CallContext } from "@ambit/core";
import { authorizationMiddleware, type PendingApproval } from "@ambit/langchain";
import { tool } from "@langchain/core/tools";
import { Command, MemorySaver } from "@langchain/langgraph";
import { createAgent, HumanMessage } from "langchain";
import { z } from "zod";
import type { Ledger } from "./ledger.ts";
import { ScriptedModel } from "./scripted-model.ts";

/** How far a run came: it waits for an approval, or the agent has spoken. */
export type Turn = { readonly waitsFor: PendingApproval } | { readonly waitsFor?: undefined; readonly says: string };

/** What the agent is made with. */
export interface AgentSetup {
  readonly authorizer: Authorizer;
  readonly context: CallContext;
  readonly ledger: Ledger;
}

/** An agent that refunds, over one conversation. */
export class SupportAgent {
  readonly #thread = { configurable: { thread_id: "conversation-1" } };
  readonly #agent: ReturnType<typeof createSupportAgent>;

  constructor(setup: AgentSetup) {
    this.#agent = createSupportAgent(setup);
  }

  async ask(request: string): Promise<Turn> {
    return turnOf(await this.#agent.invoke({ messages: [new HumanMessage(request)] }, this.#thread));
  }

  /** Goes on where the run waits. What it is given proves nothing. */
  async resume(value: unknown): Promise<Turn> {
    return turnOf(await this.#agent.invoke(new Command({ resume: value }), this.#thread));
  }

  /** Runs the last call again, from the checkpoint before it. */
  async replay(): Promise<Turn> {
    for await (const { next, config } of this.#agent.graph.getStateHistory(this.#thread)) {
      if (next.includes("tools")) return turnOf(await this.#agent.graph.invoke(null, config));
    }
    throw new Error("no call was made yet");
  }
}

function createSupportAgent({ authorizer, context, ledger }: AgentSetup) {
  const refund = tool(
    async ({ customer, amount }) => {
      ledger.pay(customer, amount);
      return `${amount} refunded to ${customer}`;
    },
    {
      name: "refund_order",
      description: "Pay a customer back.",
      schema: z.object({ customer: z.string(), amount: z.number() }),
    },
  );
  return createAgent({
    model: new ScriptedModel({}),
    tools: [refund],
    middleware: [authorizationMiddleware({ authorizer, context, approvals: "pause" })], // The one line that matters.
    checkpointer: new MemorySaver(), // In production one that outlives the process, for the manager may take a while.
  });
}

interface Result {
  readonly messages: readonly { readonly text: string }[];
  readonly __interrupt__?: readonly { readonly value?: unknown }[];
}

function turnOf({ messages, __interrupt__: pauses = [] }: Result): Turn {
  const [pause] = pauses;
  // Nothing else interrupts this graph.
  if (pause !== undefined) return { waitsFor: pause.value as PendingApproval };
  return { says: messages.at(-1)?.text ?? "" };
}
