import type { CallContext } from "@ambit/core";

/** The call that {@link explainCommand} asks about. */
export interface ExplainedCall {
  /** The policy's path. */
  readonly policy: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly context: CallContext;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The command line that shows how the decision of a call comes about, for a shell. */
export function explainCommand({ policy, tool, arguments: args, context, now }: ExplainedCall): string {
  const { subject, actor, session, grant } = context;
  const everything = subject.scopes.length === 1 && subject.scopes[0] === "tool:**";
  const options: readonly (readonly [name: string, value: string | undefined])[] = [
    ["policy", policy],
    ["user", subject.id],
    ["issuer", subject.issuer],
    ["tenant", subject.tenant],
    ...subject.roles.map((role) => ["role", role] as const),
    ...(everything ? [] : atLeastOne(subject.scopes).map((scope) => ["scope", scope] as const)),
    ...(grant === undefined ? [] : atLeastOne(grant).map((scope) => ["grant", scope] as const)),
    ["agent", actor.id],
    ["tier", actor.tier],
    ...(actor.chain ?? []).map((agent) => ["chain", agent] as const),
    ["session", session],
    ["now", new Date(now).toISOString()],
    ["tool", tool],
    ["args", asciiJson(args)],
  ];
  const words = options.flatMap(([name, value]) => (value === undefined ? [] : [optionWord(name, value)]));
  return ["ambit explain", ...words].join(" ");
}

/** An empty list is not the default: an empty scope, which covers nothing, says so. */
function atLeastOne(scopes: readonly string[]): readonly string[] {
  return scopes.length === 0 ? [""] : scopes;
}

/** JSON in which nothing would steer a terminal or be changed on the way through one. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function optionWord(name: string, value: string): string {
  // After a space, a value that begins with a dash would be taken for an option.
  return `--${name}${value.startsWith("-") ? "=" : " "}${shellWord(value)}`;
}

function shellWord(value: string): string {
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
