import type { Value } from "../../generators/policy-document.ts";
import type { HistoryRule } from "../../generators/stateful-document.ts";
import { areEqual, type EarlierCall, haveSameOwner, isNamed } from "./earlier-call.ts";

/** What a rule over history says of a call that comes after some others, or nothing. */
export function judgeHistory(rule: HistoryRule, call: EarlierCall, past: readonly EarlierCall[]): string | undefined {
  if (!isConcerned(rule, call)) return undefined;
  const per = [rule.per ?? "session"] as const;
  const others = past.filter((other) => other.denied === undefined && haveSameOwner(per, other, call));
  const { kind } = rule;
  if ("together" in kind) {
    if (!completes(rule, kind.together, call, others)) return undefined;
    return kind.approval ? "approval_required" : "history_forbids";
  }
  if ("before" in kind) {
    if (!isNamed(kind.before, call)) return undefined;
    const met = others.some(
      (other) => isNamed(kind.require, other) && hasSucceeded(rule, other, call) && belongs(rule, other, call),
    );
    return met ? undefined : "history_requires";
  }
  const concerned = "deny" in kind ? kind.deny : kind.on;
  if (!concerned.some((name) => isNamed(name, call)) || !follows(rule, kind.after, call, others)) return undefined;
  return "deny" in kind ? "history_forbids" : "approval_required";
}

/** A rule with a condition judges calls for which it holds, or cannot be evaluated. What it remembers are all calls. */
function isConcerned({ when }: HistoryRule, { args }: EarlierCall): boolean {
  return when === undefined || typeof args["n"] !== "number" || args["n"] > when.above;
}

function isRecent({ within }: HistoryRule, at: number, now: number): boolean {
  return within === undefined || now - at <= within;
}

function argumentOf({ same = "" }: HistoryRule, { args }: EarlierCall) {
  return args[same];
}

/** Both have the argument that must be equal, and it is. */
function belongs(rule: HistoryRule, left: EarlierCall, right: EarlierCall): boolean {
  if (rule.same === undefined) return true;
  const value = argumentOf(rule, left);
  return value !== undefined && areEqual(value, argumentOf(rule, right));
}

function hasSucceeded(rule: HistoryRule, { end }: EarlierCall, { at }: EarlierCall): boolean {
  return end?.how === "succeeded" && isRecent(rule, end.at, at);
}

/** The call is one of those that must not come together, and all the others have been. */
function completes(
  rule: HistoryRule,
  names: readonly string[],
  call: EarlierCall,
  others: readonly EarlierCall[],
): boolean {
  if (!names.some((name) => isNamed(name, call))) return false;
  if (rule.same !== undefined && argumentOf(rule, call) === undefined) return true;
  return names.every(
    (name) =>
      isNamed(name, call) ||
      others.some((other) => isNamed(name, other) && isRecent(rule, other.at, call.at) && belongs(rule, other, call)),
  );
}

/** The names came up in this order, in one call or several, each within the time of the next, and all belong together. */
function follows(
  rule: HistoryRule,
  names: readonly string[],
  call: EarlierCall,
  others: readonly EarlierCall[],
): boolean {
  return hasCome(rule, names, { at: call.at, value: argumentOf(rule, call), others });
}

/** What comes after the names: when, with which argument, and after which calls. */
interface Next {
  readonly at: number;
  readonly value: Value | undefined;
  readonly others: readonly EarlierCall[];
}

function hasCome(rule: HistoryRule, names: readonly string[], { at, value, others }: Next): boolean {
  const name = names.at(-1);
  if (name === undefined) return true;
  return others.some((other, place) => {
    const own = argumentOf(rule, other);
    // A call that lacks the argument belongs to all, and so does what led to it.
    const belongsToAll = own === undefined || value === undefined;
    if (!isNamed(name, other) || !isRecent(rule, other.at, at) || !(belongsToAll || areEqual(own, value))) return false;
    const earlier = { at: other.at, value: belongsToAll ? undefined : own, others: others.slice(0, place + 1) };
    return hasCome(rule, names.slice(0, -1), earlier);
  });
}
