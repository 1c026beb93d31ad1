import type { JsonObject } from "../tool-call.ts";
import { maximumSteps } from "./condition-limits.ts";
import type { Outcome, Value } from "./value.ts";

/** What a condition may ask about one call. All of it is read by own property and by exact type. */
export interface ConditionEnvironment {
  /** The call's arguments: strict JSON, already copied. */
  readonly args: JsonObject;
  readonly subject: ConditionSubject;
  readonly actor: ConditionActor;
  readonly session: ConditionSession;
  /** When the call is judged: milliseconds since 1970, as `Date.now()` gives them. Read as a timestamp. */
  readonly now: number;
  /** Told of each condition that a rule asks, and what it answered. Default: nobody is. */
  readonly answers?: AnswerListener | undefined;
}

/** The answer of a condition. Unknown is not false: whatever could deny, denies on it. */
export type ConditionAnswer = true | false | "unknown";

/** What answers for a call. */
export interface AskedCondition {
  evaluate(environment: ConditionEnvironment): ConditionAnswer;
}

/** Hears what conditions answer. */
export interface AnswerListener {
  heard(condition: AskedCondition, answer: ConditionAnswer): void;
}

/** The verified user, as conditions see them. */
export interface ConditionSubject {
  readonly id: string;
  readonly issuer?: string | undefined;
  readonly tenant?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** The calling agent, as conditions see it. */
export interface ConditionActor {
  readonly id: string;
  readonly tier?: string | undefined;
  /** The ids of the agents that delegated to it, the nearest first. */
  readonly chain?: readonly string[] | undefined;
}

/** The session, as conditions see it. */
export interface ConditionSession {
  readonly id: string;
}

/** One evaluation under way. */
export interface Frame {
  readonly environment: ConditionEnvironment;
  /** The macros' variables, by their depth. */
  readonly variables: Value[];
  /** How much work is left; below zero the answer is unknown, whatever else holds. */
  steps: number;
}

/** What an expression that reads nothing of a call is evaluated with. */
export const noEnvironment: ConditionEnvironment = {
  args: {},
  subject: { id: "" },
  actor: { id: "" },
  session: { id: "" },
  now: Number.NaN,
};

/** Part of an expression, compiled. `undefined` is unknown. */
export type Evaluate = (frame: Frame) => Outcome;

/** Begins an evaluation. */
export function openFrame(environment: ConditionEnvironment): Frame {
  // Room for two variables from the start: growing costs more than both.
  return { environment, variables: [null, null], steps: maximumSteps };
}

/** Pays for work about to be done; false where no more may be done. */
export function spend(frame: Frame, steps: number): boolean {
  frame.steps -= steps;
  return frame.steps >= 0;
}

/** Pays for what the platform does with this many characters at once, such as comparing or joining them. */
export function spendOnText(frame: Frame, characters: number): boolean {
  // Short text is free: its cost is that of the node that reads it.
  return characters < 1024 || spend(frame, characters >> 10);
}

/** Pays for going through this many characters one by one. */
export function spendOnCharacters(frame: Frame, characters: number): boolean {
  return characters < 64 || spend(frame, characters >> 6);
}

/** Pays for looking for one text in another, at the price of the slowest case. */
export function spendOnSearch(frame: Frame, text: string, part: string): boolean {
  return spend(frame, Math.floor((text.length * part.length) / 4096)) && spendOnText(frame, text.length);
}
