import type { Calendar, CalendarUnit } from "../calendar.ts";
import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { ConditionEnvironment } from "../condition/frame.ts";
import type { Occasion } from "../occasion.ts";
import type { Owner } from "../policy/history-rule.ts";
import type { AccountWindow } from "../state/plan.ts";
import type { JsonObject } from "../tool-call.ts";
import { ArgumentTexts, argumentAt } from "./argument-text.ts";
import type { ArgumentMember } from "./owner-key.ts";
import { endOfOwner, keepFor, type SessionEnd } from "./session-end.ts";

/** One call at one moment. */
export interface OccasionFacts {
  readonly calendar: Calendar;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly environment: ConditionEnvironment;
  readonly occasion: Occasion;
}

/** At which moments a plan is the same for another call, but for what {@link RepeatedPlan} makes anew. */
export interface PlanValidity {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Epoch milliseconds, exclusive; `from` where it is the plan of one call alone. */
  readonly until: number;
  /** Whether calls of other contexts have the same, but for the names of the cells. */
  readonly shared: boolean;
  /** What was asked of the call, and answered. Calls of other answers have other plans. */
  readonly asked: readonly AskedQuestion[];
}

/** Whether a condition may hold, or whether there is an argument at the end of a path. */
export type AskedQuestion = AskedCondition | { readonly path: readonly string[]; readonly answer: boolean };

interface AskedCondition {
  readonly condition: CompiledCondition;
  readonly answer: boolean;
}

/**
 * Whether a call answers the same questions in the same way. `answers`: what it has answered to the first of them, asked before;
 * more are added. A condition may take long, and plans that differ in their answers alone ask the same.
 */
export function answersAlike(
  asked: readonly AskedQuestion[],
  call: Pick<OccasionFacts, "environment" | "arguments">,
  answers: boolean[],
): boolean {
  for (let index = 0; index < asked.length; index += 1) {
    const question = asked[index];
    if (question === undefined) return false;
    const answer = answers[index] ?? answerTo(question, call);
    answers[index] = answer;
    if (answer !== question.answer) return false;
  }
  return true;
}

function answerTo(
  question: AskedQuestion,
  { environment, arguments: args }: Pick<OccasionFacts, "environment" | "arguments">,
): boolean {
  if (isCondition(question)) return mayHold(question.condition, environment);
  return argumentAt(args, question.path) !== undefined;
}

/** INVARIANT (D9): of the question's own. */
function isCondition(question: AskedQuestion): question is AskedCondition {
  return Object.hasOwn(question, "condition");
}

/** INVARIANT (D3): a condition that cannot be evaluated may hold. */
function mayHold(condition: CompiledCondition, environment: ConditionEnvironment): boolean {
  return condition.evaluate(environment) !== false;
}

/**
 * What a plan may depend on besides the policy, the context, the tool and what the call requires. It sees what is asked for,
 * so that a plan is used again only where it would come out the same.
 */
export class PlanOccasion {
  readonly #facts: OccasionFacts & { readonly context: SessionEnd };
  #until = Number.POSITIVE_INFINITY;
  #shared = true;
  readonly #asked: AskedQuestion[] = [];
  readonly #texts: ArgumentTexts;

  constructor(facts: OccasionFacts & { readonly context: SessionEnd }) {
    this.#facts = facts;
    this.#texts = new ArgumentTexts(facts.tool, facts.arguments);
  }

  /** Names the tool and the arguments, for the names of cells and for members `entry`: it is made anew for each call. */
  get digest(): string {
    return this.#texts.digest;
  }

  /** What is at the end of a path, for the names of cells: it is made anew for each call. `undefined` where nothing is. */
  argument(path: readonly string[]): ArgumentMember | undefined {
    const text = this.#texts.at(path);
    this.#asked.push({ path, answer: text !== undefined });
    return text === undefined ? undefined : { argument: path, text };
  }

  /** Whether a condition may hold. */
  mayHold(condition: CompiledCondition): boolean {
    const answer = mayHold(condition, this.#facts.environment);
    this.#asked.push({ condition, answer });
    return answer;
  }

  /** For the members of a reservation of those names, and nothing else: they are made anew for each call. */
  get reservation(): { readonly evaluationId: string; readonly leaseUntil: number } {
    const { evaluationId, leaseUntil } = this.#facts.occasion;
    return { evaluationId, leaseUntil };
  }

  /** The moment since which something counts, for a check's or an effect's member of that name. 0: ever. */
  since(within: number | undefined): number {
    if (within === undefined) return 0;
    const since = this.#facts.occasion.now - within;
    // A moment at or before the first is ever: it does not move on with the calls.
    if (since <= 0) this.#until = this.#facts.occasion.now;
    return since;
  }

  /**
   * How long a cell of an owner's is kept, for an effect's member of that name: see {@link keepFor}. Where the plan is used
   * again later, it is kept for as long from then on, which is no shorter.
   */
  keep(within: number | undefined, owner: Owner): number {
    return keepFor(within, this.endOf(owner), this.#facts.occasion.now);
  }

  /** See {@link endOfOwner}. Where it comes, the plan is then this context's alone. */
  endOf(owner: Owner): number | undefined {
    const ends = endOfOwner(owner, this.#facts.context);
    if (ends !== undefined) this.#shared = false;
    return ends;
  }

  /** The window of the calendar at this moment. */
  window(unit: CalendarUnit): AccountWindow {
    const { name, ends } = this.#facts.calendar.window(unit, this.#facts.occasion.now);
    this.#until = Math.min(this.#until, ends);
    return { kind: "calendar", name, ends };
  }

  get validity(): PlanValidity {
    const { now } = this.#facts.occasion;
    return { from: now, until: this.#until, shared: this.#shared, asked: this.#asked };
  }
}
