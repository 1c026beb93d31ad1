import {
  type Authorizer,
  type CallContext,
  createAuthorizer,
  type Decision,
  type Policy,
  type StateStore,
} from "@ambit/core";
import type { Ending } from "../reference/state/earlier-call.ts";
import type { Course } from "./call-trace.ts";
import type { MadeCall } from "./stateful-document.ts";

/** What the authorizer said of a call: `permit`, or a code and the rule that decided. */
export interface Said {
  readonly code: string;
  readonly rule: string | undefined;
  readonly evaluationId: string;
}

/** Makes calls of traces through an authorizer, at moments that are set. */
export class TracePlayer {
  now: number;
  readonly authorizer: Authorizer;

  constructor(policy: Policy, now: number, store?: StateStore) {
    this.now = now;
    this.authorizer = createAuthorizer({ policy, store, clock: () => this.now });
  }

  /** Makes a call and takes its course. */
  async make({ tool, args, by }: MadeCall, course: Course): Promise<Said> {
    const { tenant, issuer, user, agent, session } = by;
    const context: CallContext = {
      subject: { id: user, issuer, tenant, roles: ["rep"], scopes: ["tool:**"] },
      actor: { id: agent },
      session,
    };
    const call = { tool, arguments: args };
    if (course === "open") return said(await this.authorizer.authorize(call, context));
    if (course === "aborted") {
      const answer = await this.authorizer.stream(call, context, () => endless());
      if (!answer.executed) return said(answer.decision);
      await answer.stream.next();
      await answer.stream.return();
      return said(answer.decision);
    }
    const failure = new Error("the tool failed");
    // Later, so that calls that are made together are all decided before any of them ends.
    const body = async () => {
      if (course === "failed") throw failure;
    };
    const { decision } = await this.authorizer.run(call, context, body).catch((error: unknown) => {
      if (error !== failure) throw error;
      return { decision: undefined };
    });
    return decision === undefined ? { code: "permit", rule: undefined, evaluationId: "" } : said(decision);
  }

  /** Says how a call ended that was left open. */
  end(evaluationId: string, { how, cost }: Pick<Ending, "how" | "cost">): Promise<unknown> {
    return this.authorizer.settle(evaluationId, { status: how, ...(how === "not_started" ? {} : { cost }) });
  }
}

function said(decision: Decision): Said {
  const { evaluationId } = decision;
  if (decision.allowed) return { code: "permit", rule: undefined, evaluationId };
  return { code: decision.code, rule: decision.rule, evaluationId };
}

async function* endless(): AsyncGenerator<number, void, undefined> {
  for (let chunk = 0; ; chunk += 1) yield chunk;
}
