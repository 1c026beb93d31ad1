import type { CallExplanation, Policy, RuleFinding } from "@ambit/core";
import { listRules } from "./list-rules.ts";

/** A rule, or an entry of a tool's `scope`, that no test made count. */
export interface MissedRule {
  readonly rule: string;
  /** In the policy file, from 1. */
  readonly line: number;
}

/** How much of a policy some tests made count. */
export interface CoverageReport {
  readonly total: number;
  readonly fired: number;
  /** Of a hundred, rounded down to one decimal. A policy without rules is covered whole. */
  readonly percent: number;
  /** In the order of the file. */
  readonly missed: readonly MissedRule[];
}

/**
 * Which rules of a policy calls have made count. A rule counts where it covers a scope that a call requires, is a rule of
 * that call's user, role or agent, and its condition holds; an entry of a tool's `scope` where it says what is required.
 */
export class RuleCoverage {
  readonly #rules = new Map<string, MissedRule>();
  readonly #fired = new Set<string>();

  constructor(policy: Policy) {
    for (const [tool, { choices }] of policy.tools ?? []) {
      for (const [index, { line }] of choices.entries()) {
        const entry = choices.length === 1 ? "" : ` entry ${index + 1}`;
        this.#rules.set(choiceKey(tool, index), { rule: `${tool} scope${entry}`, line });
      }
    }
    for (const { id, line, terms } of listRules(policy)) {
      this.#rules.set(ruleKey({ rule: id, line, condition: terms?.condition }), { rule: id, line });
    }
  }

  /** Remembers what counted for a call of a tool. */
  note(tool: string, { choice, scopes }: CallExplanation): void {
    if (choice !== undefined) this.#fired.add(choiceKey(tool, choice));
    for (const { grants, ceilings } of scopes) {
      for (const finding of [...grants, ...(ceilings ?? []).flat()]) {
        if (finding.answer === true) this.#fired.add(ruleKey(finding));
      }
    }
  }

  report(): CoverageReport {
    const total = this.#rules.size;
    const missed = [...this.#rules].filter(([key]) => !this.#fired.has(key)).map(([, rule]) => rule);
    const fired = total - missed.length;
    const percent = total === 0 ? 100 : Math.floor((1_000 * fired) / total) / 10;
    return { total, fired, percent, missed: missed.sort((left, right) => left.line - right.line) };
  }
}

function choiceKey(tool: string, index: number): string {
  return JSON.stringify([tool, index]);
}

function ruleKey({ rule, line, condition }: Pick<RuleFinding, "rule" | "line" | "condition">): string {
  return JSON.stringify([rule, line, condition ?? null]);
}
