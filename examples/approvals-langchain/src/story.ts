import { type AuditRecord, type CallContext, createAuthorizer, type Policy, type Subject } from "@ambit/core";
import { Ledger, type Payment } from "./ledger.ts";
import { SupportAgent, type Turn } from "./support-agent.ts";

/** One thing that happens, and how it looks afterwards. */
export interface Act {
  readonly title: string;
  readonly turn: Turn;
  /** Everything that was paid by then. */
  readonly paid: readonly Payment[];
}

/** Everything that happened. */
export interface Story {
  readonly acts: readonly Act[];
  /** What was said to the user who tried to approve the agent's request. */
  readonly ownAnswer: string;
  readonly records: readonly AuditRecord[];
}

const user: Subject = { id: "sam", roles: ["support"], scopes: ["tool:refund:**"] };
const manager: Subject = { id: "mara", roles: ["manager"], scopes: [] };
const context: CallContext = { subject: user, actor: { id: "support-agent" }, session: "conversation-1" };

/** Plays the story, and tells of each act when it is over. */
export async function playStory(policy: Policy, onAct: (act: Act) => void): Promise<Story> {
  const records: AuditRecord[] = [];
  const ledger = new Ledger();
  const authorizer = createAuthorizer({ policy, audit: { append: async (record) => void records.push(record) } });
  const agent = new SupportAgent({ authorizer, context, ledger });
  const acts: Act[] = [];
  const play = async (title: string, turn: Promise<Turn>) => {
    const act = { title, turn: await turn, paid: ledger.payments() };
    acts.push(act);
    onAct(act);
    return act.turn;
  };

  await play("Refund 120", agent.ask("Refund 120 to ada"));
  await play("Refund 300", agent.ask("Refund 300 to bob"));
  await play("Somebody resumes it with { approved: true }", agent.resume({ approved: true }));

  const { waitsFor: asked } = await play("Refund 300, asked again", agent.ask("Refund 300 to bob"));
  const own = await authorizer.approvals.approve(asked?.id ?? "", user);
  await authorizer.approvals.approve(asked?.id ?? "", manager, { comment: "the parcel was lost" });
  await play("The manager has approved it", agent.resume({}));

  const { waitsFor: again } = await play("The same, replayed from before the pause", agent.replay());
  await authorizer.approvals.deny(again?.id ?? "", manager, { comment: "paid already" });
  await play("The manager has refused it", agent.resume({}));

  return { acts, ownAnswer: own.allowed ? "approved" : own.reason, records };
}
