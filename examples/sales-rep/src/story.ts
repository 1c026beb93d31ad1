import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AuditRecord,
  type AuditVerification,
  type Authorizer,
  type CallContext,
  createAuthorizer,
  type Policy,
  type Subject,
} from "@ambit/core";
import { openFileAuditLog, verifyAuditFile } from "@ambit/core/node";
import { type AgentSetup, runAiSdkAgent } from "./ai-sdk-agent.ts";
import { Crm } from "./crm.ts";
import type { Endpoint } from "./endpoint.ts";
import { runLangChainAgent } from "./langchain-agent.ts";
import { type ArrivedMail, startMailServer } from "./mail-server.ts";
import { type ObservedCall, observeAuthorizer } from "./observed-authorizer.ts";
import { officeTools } from "./office-tools.ts";
import { vicePresident } from "./script.ts";

/** One user's request, worked on in one framework. */
export interface Act {
  readonly title: string;
  readonly role: "rep" | "manager";
  /** Whether a director had approved the recipient's address for this session before. */
  readonly approved: boolean;
  readonly calls: readonly ObservedCall[];
  /** What had arrived at the mail server when the act was over, and had not before. */
  readonly arrived: readonly ArrivedMail[];
  readonly answer: string;
}

/** Everything that happened. */
export interface Story {
  readonly acts: readonly Act[];
  readonly tasks: readonly string[];
  readonly records: readonly AuditRecord[];
  readonly verification: AuditVerification;
}

/** What the story is told with. */
export interface StorySetup {
  readonly policy: Policy;
  /** Where the database and the audit log go. */
  readonly folder: string;
  readonly endpoint: Endpoint | undefined;
  /** Told of each act before it begins, of each call as it is decided, and of each act when it is over. */
  readonly onAct: (title: string) => void;
  readonly onCall: (call: ObservedCall) => void;
  readonly onEnd: (act: Act) => void;
}

const rep = { role: "rep", approved: false } as const;
const manager = { role: "manager", approved: false } as const;
const approved = { role: "manager", approved: true } as const;

const acts = [
  { ...rep, title: "A sales rep's agent, in the AI SDK", session: "rep-1", run: runAiSdkAgent },
  { ...rep, title: "The same, in LangChain", session: "rep-2", run: runLangChainAgent },
  { ...manager, title: "A manager's agent, in the AI SDK", session: "manager-1", run: runAiSdkAgent },
  { ...manager, title: "The same, in LangChain", session: "manager-2", run: runLangChainAgent },
  {
    ...approved,
    title: "A director approves the address; again, in the AI SDK",
    session: "manager-1",
    run: runAiSdkAgent,
  },
  { ...approved, title: "The same, in LangChain", session: "manager-2", run: runLangChainAgent },
] as const;

/** Plays all acts over one database, one mail server, one policy and one audit log. */
export async function playStory(setup: StorySetup): Promise<Story> {
  const auditFile = join(setup.folder, "audit.jsonl");
  const mailServer = await startMailServer();
  const crm = new Crm(join(setup.folder, "crm.sqlite"));
  const audit = await openFileAuditLog(auditFile);
  const authorizer = createAuthorizer({ policy: setup.policy, audit });
  const tools = officeTools(crm, mailServer);
  const played: Act[] = [];
  try {
    for (const { title, role, session, approved, run } of acts) {
      setup.onAct(title);
      if (approved) await approveAddress(authorizer, session);
      const calls: ObservedCall[] = [];
      const observed = observeAuthorizer(authorizer, (call) => {
        calls.push(call);
        setup.onCall(call);
      });
      const before = mailServer.arrived.length;
      const agent: AgentSetup = {
        tools,
        authorizer: observed,
        context: contextOf(role, session),
        endpoint: setup.endpoint,
      };
      const answer = await run(agent);
      const act: Act = { title, role, approved, calls, arrived: mailServer.arrived.slice(before), answer };
      played.push(act);
      setup.onEnd(act);
    }
    const tasks = crm.tasks();
    return { acts: played, tasks, ...(await readAudit(auditFile)) };
  } finally {
    await audit.close();
    crm.close();
    await mailServer.close();
  }
}

/** The application knows its users; here, one of each role. None of it comes from the model. */
function userOf(role: Act["role"] | "director"): Subject {
  const scopes = ["tool:crm:*", "tool:email:**", "tool:task:create"];
  return { tenant: "acme", issuer: "https://login.acme.example", id: `auth0|${role}`, roles: [role], scopes };
}

function contextOf(role: Act["role"], session: string): CallContext {
  return { subject: userOf(role), actor: { id: "sales-assistant" }, session };
}

/** What a director's click in the application does: one address, for one manager's session, for ten minutes. */
async function approveAddress(authorizer: Authorizer, session: string): Promise<void> {
  const { tenant, issuer, id: user } = userOf("manager");
  const asked = { rule: "no-customer-data-out", tenant, issuer, user, session, value: vicePresident };
  const answer = await authorizer.declassify(asked, userOf("director"));
  // Another policy may know no such rule; then nothing is lifted, and the checks tell.
  if (!answer.allowed) process.emitWarning(`the address was not approved: ${answer.reason}`);
}

async function readAudit(path: string): Promise<Pick<Story, "records" | "verification">> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line) as AuditRecord); // Verified below.
  return { records, verification: await verifyAuditFile(path) };
}
