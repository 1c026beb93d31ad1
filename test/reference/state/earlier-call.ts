import type { Value } from "../../generators/policy-document.ts";
import type { Caller, MadeCall, Owner, PricedTool } from "../../generators/stateful-document.ts";
import { covers } from "../covers.ts";

/** One call of the past, and what became of it. All that is remembered: the reference evaluator has no other state. */
export interface EarlierCall extends MadeCall {
  readonly at: number;
  /** The same in the policy's time zone, to the hour, such as `2026-03-08T01`. An hour that comes twice is one. */
  readonly local: string;
  /** Its place among all that happened. */
  readonly order: number;
  /** Of the tool, as the policy has it. */
  readonly as: PricedTool;
  /** What it was denied with; `undefined` where it was permitted. */
  readonly denied: string | undefined;
  /** When and how it ended; `undefined` while it runs. */
  end?: Ending;
}

/** When a call ended, how, and what it cost where that is not what was expected. */
export interface Ending {
  readonly at: number;
  /** Its place among all that happened. */
  readonly order: number;
  readonly how: "succeeded" | "failed" | "aborted" | "not_started";
  readonly cost?: string | undefined;
}

/** Whether a call is what a rule names: a label, or a scope pattern. */
export function isNamed(name: string, { as }: { readonly as: PricedTool }): boolean {
  if (name.startsWith("label:")) return as.labels.includes(name.slice("label:".length));
  return as.scope.some((scope) => covers(name, scope));
}

/** Whether two calls share what belongs to all of these owners. Nothing is shared by two tenants. */
export function haveSameOwner(per: readonly (Owner | "tool")[], left: MadeCall, right: MadeCall): boolean {
  const isShared = (owner: Owner | "tool") =>
    owner === "tool" ? left.tool === right.tool : isOneOwner(owner, left.by, right.by);
  return left.by.tenant === right.by.tenant && per.every(isShared);
}

function isOneOwner(owner: Owner, left: Caller, right: Caller): boolean {
  if (owner === "tenant") return true;
  if (owner === "agent") return left.agent === right.agent;
  const isOneUser = left.issuer === right.issuer && left.user === right.user;
  return isOneUser && (owner === "user" || left.session === right.session);
}

/** Whether two JSON values are equal. */
export function areEqual(left: Value | undefined, right: Value | undefined): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: Value | undefined): string | undefined {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}
