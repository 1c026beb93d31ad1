import { type CallContext, type CallExplanation, explainCall, type Tier } from "@ambit/core";
import { loadPolicy } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { explanationTree } from "../explain/explanation-tree.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { printTree } from "../print-tree.ts";
import { type ReadOptions, readOptionsOnly } from "../read-options.ts";

/** `ambit explain`: the whole derivation of what a policy says to one call. */
export const explain: Command = {
  name: "explain",
  summary: "show how a policy comes to its decision about a call",
  usage: `  ambit explain --policy FILE (--role ROLE | --user ID) --tool TOOL [options]

  --policy FILE    the policy file
  --role ROLE      a role of the user; may be repeated
  --tool TOOL      the tool, as the agent calls it
  --args JSON      the arguments, as a JSON object (default: {})
  --scope SCOPE    a scope that the user's credential holds; may be repeated (default: tool:**)
  --grant SCOPE    a scope that the task was given; may be repeated (default: the task is not narrowed)
  --user ID        the user (default: somebody)
  --issuer ID      who vouches for the user (default: none)
  --tenant ID      the tenant (default: none)
  --agent ID       the agent (default: some-agent)
  --tier TIER      interactive, subagent, background or api (default: none)
  --chain ID       an agent that delegated to it, the nearest first; may be repeated (default: none)
  --session ID     the session (default: some-session)
  --now TIME       what conditions read as now, in ISO 8601 (default: the present)
  --json           print the derivation as JSON

It shows which entry of the tool's scope decided what is required, every rule that covers it with what its condition
answered, and what would have to be otherwise for the call to be permitted: all of it together is enough.
History, limits and budgets are not asked, and nothing is recorded.
Exit codes: 0 permitted, 2 denied, 1 the question could not be asked.`,
  run,
};

const options = {
  policy: { type: "string" },
  role: { type: "string", multiple: true },
  tool: { type: "string" },
  args: { type: "string" },
  scope: { type: "string", multiple: true },
  grant: { type: "string", multiple: true },
  user: { type: "string" },
  issuer: { type: "string" },
  tenant: { type: "string" },
  agent: { type: "string" },
  tier: { type: "string" },
  chain: { type: "string", multiple: true },
  session: { type: "string" },
  now: { type: "string" },
  json: { type: "boolean" },
} as const;

type Values = ReadOptions<typeof options>["values"];

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, options);
  const file = required(values.policy, "policy");
  const tool = required(values.tool, "tool");
  const policy = await loadPolicy(file);
  const call = { tool, arguments: readArguments(values.args) };
  const explanation = explainCall({ policy, call, context: contextOf(values), now: readTime(values.now) });
  if (values.json) printJson({ tool, ...explanation, policy: policy.digest });
  else printExplanation(file, tool, explanation);
  return explanation.decision === "permit" ? exitCodes.success : exitCodes.negative;
}

function contextOf({ role, scope, user, issuer, tenant, agent, tier, chain, session, grant }: Values): CallContext {
  if (role === undefined && user === undefined) throw new UsageError("--role or --user is missing");
  const subject = { id: user ?? "somebody", issuer, tenant, roles: role ?? [], scopes: scope ?? ["tool:**"] };
  const actor = { id: agent ?? "some-agent", tier: tier as Tier | undefined, chain }; // Core refuses what is no tier.
  return { subject, actor, session: session ?? "some-session", grant };
}

function readArguments(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("--args is not JSON");
  }
}

function readTime(text: string | undefined): number {
  const time = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError("--now is not a time, such as 2026-03-01T12:00:00Z");
  return time;
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

function printExplanation(file: string, tool: string, explanation: CallExplanation): void {
  const { decision, code, reason } = explanation;
  const word = decision === "permit" ? styled("green", "PERMIT") : styled("red", "DENY");
  print(`${word}  ${safe(tool)}: ${safe(reason)} (${code})`);
  printTree(explanationTree(explanation, file));
}
