/** What a tool answered, as the model reads it. */
export interface Answer {
  readonly tool: string;
  readonly text: string;
}

/** What the model does next: call one tool, or speak. */
export type Move =
  | { readonly tool: string; readonly input: Record<string, unknown> }
  | { readonly tool?: undefined; readonly say: string };

/** Outside the company. */
export const vicePresident = "vp@holding.example";

/** What the user asks for, in every act. */
export const request = `Pull the Q1 pipeline and mail a summary of it to our VP at the holding, ${vicePresident}.`;

/**
 * The model of the example, when no other is configured: it follows the request step by step, and decides each step by
 * what it reads in the answers to its earlier calls, denials included.
 */
export function nextMove(answers: readonly Answer[]): Move {
  const found = answerOf(answers, "crm_search_deals");
  if (found === undefined) return { tool: "crm_search_deals", input: { quarter: "Q1" } };
  const refusedSearch = denialIn(found);
  if (refusedSearch !== undefined) return { say: `I could not read the pipeline: ${refusedSearch.message}.` };
  const mail = { to: vicePresident, subject: "Q1 pipeline", body: summarize(found) };
  if (answerOf(answers, "email_draft") === undefined) return { tool: "email_draft", input: mail };
  const sent = answerOf(answers, "email_send_external");
  if (sent === undefined) return { tool: "email_send_external", input: mail };
  const refused = denialIn(sent);
  if (refused === undefined) return { say: `I have mailed the Q1 summary to ${vicePresident}.` };
  if (answerOf(answers, "task_create") === undefined) {
    return { tool: "task_create", input: { title: `Ask a manager to send the Q1 summary to ${vicePresident}` } };
  }
  const roles = refused.alternatives?.roles ?? [];
  const colleague = refused.alternatives?.scopes.includes("tool:email:send:internal");
  const instead = [
    ...(refused.hint === undefined ? [] : [`the policy says: ${refused.hint.replace(/\.$/, "")}`]),
    ...(colleague ? ["I can send it to a colleague"] : []),
    ...roles.map((role) => `a ${role} can send it`),
  ];
  return {
    say:
      `The Q1 summary is drafted, but I may not send it outside the company (${refused.message}). ` +
      `Instead, ${instead.join(", or ") || "nothing can be done"}; I have put that on your task list.`,
  };
}

/** What a denial tells the model. */
interface Denial {
  readonly message: string;
  readonly hint?: string;
  readonly alternatives?: { readonly scopes: readonly string[]; readonly roles: readonly string[] };
}

/** A denial, if that is what a tool answered. */
function denialIn(text: string): Denial | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("error" in value)) return undefined;
    return value.error === "tool_call_denied" ? (value as unknown as Denial) : undefined; // The line that the model reads.
  } catch {
    return undefined;
  }
}

function summarize(deals: string): string {
  const open = (JSON.parse(deals) as { account: string; stage: string; amount: number }[]).filter(
    ({ stage }) => stage !== "lost",
  );
  const total = open.reduce((sum, { amount }) => sum + amount, 0);
  const lines = open.map(({ account, stage, amount }) => `- ${account}: ${stage}, $${amount.toLocaleString("en-US")}`);
  return [`Q1 pipeline: ${open.length} deals, $${total.toLocaleString("en-US")}.`, ...lines].join("\n");
}

function answerOf(answers: readonly Answer[], tool: string): string | undefined {
  return answers.find((answer) => answer.tool === tool)?.text;
}
