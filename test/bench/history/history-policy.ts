import { type Authorizer, type CallContext, createAuthorizer, parsePolicy, type StateStore } from "@ambit/core";

/** A session of its own user's. */
export function contextOf(session: string): CallContext {
  const subject = { id: "auth0|8f3a2b1c", issuer: "https://acme.example", tenant: "acme", roles: ["rep"] };
  return { subject: { ...subject, scopes: ["tool:**"] }, actor: { id: "sales-assistant" }, session };
}

/** What is remembered of a session: what rules over history ask for, or signs of running away as well. */
export type Remembered = "rules" | "rules and signs";

/** An authorizer whose policy has rules over history of each kind. */
export function historyAuthorizer(store: StateStore, remembered: Remembered): Authorizer {
  const policy = parsePolicy(`
policies: [{ role: rep, allow: ["tool:**"] }]
rules:
  - { id: rule-one, after: tool:crm:read, deny: tool:mail:external }
  - { id: rule-two, after: [tool:crm:read, tool:file:read], deny: tool:web:post, within: 24h }
  - { id: rule-three, together: [tool:file:read, tool:page:read, tool:chat:post] }
  - { id: rule-four, before: tool:crm:write, require: tool:crm:read }
${remembered === "rules" ? "" : "runaway: { failures: 5, denials: 1000, cycles: 4 }"}
`);
  let now = Date.UTC(2026, 0, 1);
  const clock = () => {
    now += 1;
    return now;
  };
  return createAuthorizer({ policy, store, clock });
}

/** What sessions do, over and over: all of it permitted, and all of it either remembered or asked for. */
const tools = ["crm:read", "file:read", "page:read", "crm:write"] as const;

/** Makes the calls of a session from one number up to another. Throws where one is refused. */
export async function makeCalls(
  authorizer: Authorizer,
  context: CallContext,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  for (let number = from; number < to; number += 1) {
    const tool = tools[number % tools.length] ?? "";
    // Five and four have no cycle in common that is short enough to look like running away.
    const { executed, decision } = await authorizer.run({ tool, arguments: { page: number % 5 } }, context, nothing);
    if (!executed) throw new Error(`call ${number} is refused with ${decision.code}, so nothing was measured`);
  }
}

/** Throws where a session's history does not forbid what it must, however long ago it happened. */
export async function verifyHistory(authorizer: Authorizer, context: CallContext): Promise<void> {
  for (const tool of ["mail:external", "web:post", "chat:post"]) {
    const { executed, decision } = await authorizer.run({ tool, arguments: {} }, context, nothing);
    if (executed || decision.code !== "history_forbids") {
      throw new Error(`${tool} is not forbidden by what the session did, so nothing was measured`);
    }
  }
}

const nothing = () => undefined;
