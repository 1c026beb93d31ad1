import { type CallContext, type CallExplanation, explainCall, type RuleFinding, type Tier } from "@ambit/core";
import { loadPolicy } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";

/** `ambit explain`: the whole derivation of what a policy says to one call. */
export const explain: Command = {
  name: "explain",
  summary: "show how a policy comes to its decision about a call",
  usage: `  ambit explain --policy FILE --role ROLE --tool TOOL [options]

  --policy FILE    the policy file
  --role ROLE      a role of the user; may be repeated
  --tool TOOL      the tool, as the agent calls it
  --args JSON      the arguments, as a JSON object (default: {})
  --scope SCOPE    a scope that the user's credential holds; may be repeated (default: tool:**)
  --grant SCOPE    a scope that the task was given; may be repeated (default: the task is not narrowed)
  --user ID        the user (default: somebody)
  --agent ID       the agent (default: some-agent)
  --tier TIER      interactive, subagent, background or api (default: none)
  --session ID     the session (default: some-session)
  --now TIME       what conditions read as now, in ISO 8601 (default: the present)
  --json           print the derivation as JSON

Budgets are not asked and nothing is recorded.
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
  agent: { type: "string" },
  tier: { type: "string" },
  session: { type: "string" },
  now: { type: "string" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>["values"];

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readOptions(args, options);
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" belongs to no option`);
  const file = required(values.policy, "policy");
  const tool = required(values.tool, "tool");
  const policy = await loadPolicy(file);
  const call = { tool, arguments: readArguments(values.args) };
  const explanation = explainCall({ policy, call, context: contextOf(values), now: readTime(values.now) });
  if (values.json) printJson({ tool, ...explanation, policy: policy.digest });
  else printExplanation(safe(file), safe(tool), explanation);
  return explanation.decision === "permit" ? exitCodes.success : exitCodes.negative;
}

function contextOf({ role, scope, user, agent, tier, session, grant }: Values): CallContext {
  if (role === undefined) throw new UsageError("--role is missing");
  const subject = { id: user ?? "somebody", roles: role, scopes: scope ?? ["tool:**"] };
  const actor = { id: agent ?? "some-agent", tier: tier as Tier | undefined }; // Core refuses what is no tier.
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
  const { decision, code, reason, cost, scopes, alternatives } = explanation;
  const word = decision === "permit" ? styled("green", "PERMIT") : styled("red", "DENY");
  print(`${word}  ${tool}: ${safe(reason)} (${code})`);
  const needs = scopes.length === 0 ? [] : [`requires ${scopes.map(({ scope }) => scope).join(", ")}`, `costs ${cost}`];
  const lines = [
    ...needs.map((text) => ({ text, below: [] as string[] })),
    ...scopes.map(({ scope, grants, ceilings, held, given }) => ({
      text: scope,
      below: [
        ...(grants.length === 0 ? ["no rule of the user or the user's roles covers it"] : describeAll(file, grants)),
        ...(ceilings === undefined ? ["the policy has ceilings, and none for this agent"] : []),
        ...(ceilings ?? []).flatMap((rules) =>
          rules.length === 0 ? ["beyond this agent's ceiling"] : describeAll(file, rules),
        ),
        `${mark(held)} the user's own scopes ${held ? "hold" : "do not hold"} it`,
        ...(given ? [] : [`${mark(false)} this task was not given it`]),
      ],
    })),
    ...(alternatives === undefined
      ? []
      : [
          {
            text: "instead",
            below: [
              ...alternatives.scopes.map((scope) => `allowed: ${scope}`),
              ...alternatives.roles.map((role) => `may do it: role:${safe(role)}`),
            ],
          },
        ]),
  ];
  printTree(lines);
}

function describeAll(file: string, rules: readonly RuleFinding[]): string[] {
  return rules.map(({ rule, effect, line, condition, answer }) => {
    const place = line === undefined ? "" : `  (${file}:${line})`;
    const when = condition === undefined ? "" : `  when ${safe(condition)}: ${answer}`;
    // An unknown deny counts against the call; an unknown allow does not count for it.
    const favours = effect === "allow" ? answer === true : answer === false;
    return `${mark(favours)} ${safe(rule)}${when}${place}`;
  });
}

function mark(favours: boolean): string {
  return favours ? styled("green", "+") : styled("red", "-");
}

function printTree(lines: readonly { readonly text: string; readonly below: readonly string[] }[]): void {
  for (const [index, { text, below }] of lines.entries()) {
    const last = index === lines.length - 1;
    print(`${last ? "└─" : "├─"} ${text}`);
    for (const [inner, entry] of below.entries()) {
      print(`${last ? "  " : "│ "} ${inner === below.length - 1 ? "└─" : "├─"} ${entry}`);
    }
  }
}
