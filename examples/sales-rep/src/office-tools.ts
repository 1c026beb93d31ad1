import { z } from "zod";
import type { Crm } from "./crm.ts";
import type { MailServer } from "./mail-server.ts";

/** A tool, before it belongs to any framework. */
export interface OfficeTool {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodObject;
  readonly execute: (input: Record<string, unknown>) => Promise<unknown>;
}

const mail = z.object({ to: z.email(), subject: z.string(), body: z.string() });
const colleague = mail.extend({ to: z.email().endsWith("@acme.example") });

/** What the sales assistant works with: real data, real mail. None of it knows anything of authorization. */
export function officeTools(crm: Crm, mailServer: MailServer): OfficeTool[] {
  return [
    define(
      "crm_search_deals",
      "List the deals of a quarter, such as Q1.",
      z.object({ quarter: z.enum(["Q1", "Q2", "Q3", "Q4"]) }),
      async ({ quarter }) => crm.searchDeals(quarter),
    ),
    define(
      "crm_update_deal",
      "Move a deal to another stage.",
      z.object({ id: z.int(), stage: z.string() }),
      async ({ id, stage }) => ({
        updated: crm.updateDeal(id, stage),
      }),
    ),
    define("email_draft", "Write an e-mail without sending it.", mail, async (draft) => ({ draft })),
    define("email_send_internal", "Send an e-mail to a colleague at acme.example.", colleague, async (message) => {
      await mailServer.send(message);
      return { sent: message.to };
    }),
    define("email_send_external", "Send an e-mail to somebody outside the company.", mail, async (message) => {
      await mailServer.send(message);
      return { sent: message.to };
    }),
    define("task_create", "Put a task on the user's list.", z.object({ title: z.string() }), async ({ title }) => ({
      task: crm.createTask(title),
    })),
  ];
}

function define<Schema extends z.ZodObject>(
  name: string,
  description: string,
  schema: Schema,
  execute: (input: z.infer<Schema>) => Promise<unknown>,
): OfficeTool {
  // What was judged is what runs, so the tool itself checks its input once more before it acts.
  return { name, description, schema, execute: async (input) => execute(schema.parse(input)) };
}
