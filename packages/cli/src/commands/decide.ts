import { checkPermissions, createAuthorizer, type Policy } from "@ambit/core";
import { loadPolicy } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptionsOnly } from "../read-options.ts";

/** `ambit decide`: what a policy says to one question. Records nothing, spends nothing. */
export const decide: Command = {
  name: "decide",
  summary: "ask a policy whether a role may use a tool or a scope",
  usage: `  ambit decide --policy FILE --role ROLE --tool TOOL [options]

  --policy FILE   the policy file
  --role ROLE     a role of the user; may be repeated
  --tool TOOL     a tool of the policy's "tools", or a scope with or without "tool:"
  --scope SCOPE   a scope that the user's credential holds; may be repeated
                  (default: tool:**, which leaves the roles to decide alone)
  --user ID       the user's id (default: somebody)
  --json          print the decision as JSON

Exit codes: 0 permitted, 2 denied, 1 the question could not be asked.`,
  run,
};

interface Question {
  readonly policy: Policy;
  readonly tool: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly user: string;
}

interface Answer {
  readonly decision: "permit" | "deny";
  readonly code: string;
  readonly reason: string;
  readonly rule: string | null;
  /** Whether the text was taken for a tool of the policy or for a scope. */
  readonly readAs: "tool" | "scope";
  readonly scopes: readonly string[];
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, {
    policy: { type: "string" },
    role: { type: "string", multiple: true },
    tool: { type: "string" },
    scope: { type: "string", multiple: true },
    user: { type: "string" },
    json: { type: "boolean" },
  });
  const { policy: file, role: roles, tool, scope: scopes = ["tool:**"], user = "somebody" } = values;
  if (file === undefined) throw new UsageError("--policy is missing");
  if (roles === undefined) throw new UsageError("--role is missing");
  if (tool === undefined) throw new UsageError("--tool is missing");
  const policy = await loadPolicy(file);
  const question: Question = { policy, tool, roles, scopes, user };
  const answer = readsAsTool(policy, tool) ? await askTool(question) : askScope(question);
  if (values.json) printJson({ ...answer, tool, roles, policy: policy.digest });
  else printAnswer(question, answer);
  return answer.decision === "permit" ? exitCodes.success : exitCodes.negative;
}

/** A text without a colon is no scope that a policy with `tools` could grant to a call, so it can only be a tool. */
function readsAsTool({ tools }: Policy, text: string): boolean {
  return tools !== undefined && (tools.has(text) || !text.includes(":"));
}

async function askTool({ policy, tool, roles, scopes, user }: Question): Promise<Answer> {
  const context = { subject: { id: user, roles, scopes }, actor: { id: "ambit decide" }, session: "ambit decide" };
  const decision = await createAuthorizer({ policy }).authorize({ tool, arguments: {} }, context);
  const { allowed, reason, rule = null } = decision;
  return {
    decision: allowed ? "permit" : "deny",
    code: allowed ? "permitted" : decision.code,
    reason,
    rule,
    readAs: "tool",
    scopes: decision.scopes,
  };
}

function askScope({ policy, tool, roles, scopes, user }: Question): Answer {
  const { allowed, code, reason, rule = null } = checkPermissions({ user: { sub: user, roles }, tool, scopes, policy });
  const required = tool.startsWith("tool:") ? tool : `tool:${tool}`;
  return { decision: allowed ? "permit" : "deny", code, reason, rule, readAs: "scope", scopes: [required] };
}

function printAnswer({ tool, roles }: Question, { decision, code, reason, rule, readAs, scopes }: Answer): void {
  const word = decision === "permit" ? styled("green", "PERMIT") : styled("red", "DENY");
  print(`${word}  ${safe(tool)} (a ${readAs}) for ${roles.map((role) => `role:${safe(role)}`).join(", ")}`);
  print(`  reason    ${safe(reason)}`);
  print(`  code      ${code}`);
  print(`  rule      ${rule === null ? "none" : safe(rule)}`);
  print(`  requires  ${scopes.length === 0 ? "unknown" : scopes.map(safe).join(", ")}`);
}
