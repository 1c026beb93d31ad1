import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditRecord, type AuditVerification, type CallContext, createAuthorizer, type Policy } from "@ambit/core";
import { openFileAuditLog, verifyAuditFile } from "@ambit/core/node";
import { type AgentSetup, runAiSdkAgent } from "./ai-sdk-agent.ts";
import { Crm } from "./crm.ts";
import type { Endpoint } from "./endpoint.ts";
import { runLangChainAgent } from "./langchain-agent.ts";
import { type ArrivedMail, startMailServer } from "./mail-server.ts";
import { type ObservedCall, observeAuthorizer } from "./observed-authorizer.ts";
import { officeTools } from "./office-tools.ts";

/** One user's request, worked on in one framework. */
export interface Act {
  readonly title: string;
  readonly role: "rep" | "manager";
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

const acts = [
  { title: "A sales rep's agent, in the AI SDK", role: "rep", run: runAiSdkAgent },
  { title: "The same, in LangChain", role: "rep", run: runLangChainAgent },
  { title: "A manager's agent, in the AI SDK", role: "manager", run: runAiSdkAgent },
  { title: "The same, in LangChain", role: "manager", run: runLangChainAgent },
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
    for (const [index, { title, role, run }] of acts.entries()) {
      setup.onAct(title);
      const calls: ObservedCall[] = [];
      const observed = observeAuthorizer(authorizer, (call) => {
        calls.push(call);
        setup.onCall(call);
      });
      const before = mailServer.arrived.length;
      const agent: AgentSetup = {
        tools,
        authorizer: observed,
        context: contextOf(role, `act-${index + 1}`),
        endpoint: setup.endpoint,
      };
      const answer = await run(agent);
      const act: Act = { title, role, calls, arrived: mailServer.arrived.slice(before), answer };
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
function contextOf(role: Act["role"], session: string): CallContext {
  const scopes = ["tool:crm:*", "tool:email:**", "tool:task:create"];
  const subject = { tenant: "acme", issuer: "https://login.acme.example", id: `auth0|${role}`, roles: [role], scopes };
  return { subject, actor: { id: "sales-assistant" }, session };
}

async function readAudit(path: string): Promise<Pick<Story, "records" | "verification">> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line) as AuditRecord); // Verified below.
  return { records, verification: await verifyAuditFile(path) };
}
