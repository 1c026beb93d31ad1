import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { HistoryIndex } from "../policy/history-index.ts";
import type { AfterRule, BeforeRule, HistoryRule, Owner, TogetherRule } from "../policy/history-rule.ts";
import type { KeyIndex, MarkEffect } from "../state/plan.ts";
import type { ArgumentMember } from "./owner-key.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import type { PlanOccasion } from "./plan-occasion.ts";

type After = AfterRule<CompiledCondition>;
type Together = TogetherRule<CompiledCondition>;
type Before = BeforeRule<CompiledCondition>;

/** What {@link planHistory} needs to know. */
export interface HistoryRequest {
  readonly history: HistoryIndex;
  readonly scopes: readonly string[];
  readonly labels: readonly string[];
  readonly occasion: PlanOccasion;
}

/**
 * Adds what the rules over history ask of a call, and what they remember of it.
 *
 * INVARIANT (S3, S5): what forbids later calls is remembered with the permit, before the tool starts, so that two calls of
 * one step see each other; what later calls require is remembered only once the call has succeeded.
 */
export function planHistory(builder: PlanBuilder, request: HistoryRequest): void {
  const members = new Map<Together, Set<number>>();
  for (const { rule, part } of request.history.uses(request.scopes, request.labels)) {
    const cells = new RuleCells(builder, rule, request);
    if (rule.kind === "after" && part.kind === "step") cells.remember(rule, part.index);
    else if (rule.kind === "after" && part.kind === "target" && counts(rule, request)) cells.forbid(rule);
    else if (rule.kind === "before" && part.kind === "required") cells.satisfy(rule);
    else if (rule.kind === "before" && part.kind === "target" && counts(rule, request)) cells.require(rule);
    else if (rule.kind === "together" && part.kind === "member") {
      members.set(rule, (members.get(rule) ?? new Set()).add(part.index));
    }
  }
  for (const [rule, present] of members)
    new RuleCells(builder, rule, request).combine(rule, { present, counting: counts(rule, request) });
}

/** INVARIANT (D3): a rule whose condition cannot be evaluated counts. */
function counts({ when }: HistoryRule<CompiledCondition>, { occasion }: HistoryRequest): boolean {
  return when === undefined || occasion.mayHold(when);
}

/** Which calls belong together: all, those with an equal argument, those of which it is not known, or any of them. */
type Group = "all" | "any" | "unknown" | { readonly value: ArgumentMember };

class RuleCells {
  readonly #builder: PlanBuilder;
  readonly #rule: HistoryRule<CompiledCondition>;
  readonly #owner: { readonly owner: Owner };
  readonly #since: number;
  readonly #keep: number;
  /** `undefined` where the call has no such argument. */
  readonly #value: ArgumentMember | undefined;

  constructor(builder: PlanBuilder, rule: HistoryRule<CompiledCondition>, request: HistoryRequest) {
    this.#builder = builder;
    this.#rule = rule;
    this.#owner = { owner: rule.per };
    this.#since = request.occasion.since(rule.within);
    this.#keep = request.occasion.keep(rule.within, rule.per);
    this.#value = rule.same.length === 0 ? undefined : request.occasion.argument(rule.same);
  }

  /** A step of a forbidding rule happens now: of a list, only after the steps before it. */
  remember({ after }: After, step: number): void {
    const text = after.map((trigger) => `${trigger.kind}:${trigger.text}`);
    for (const group of this.#written()) {
      const key = this.#key(["step", ...text.slice(0, step + 1)], group);
      if (step === 0) this.#builder.effect(this.#mark(key));
      else {
        for (const earlier of this.#readBy(group)) {
          const before = { key: this.#key(["step", ...text.slice(0, step)], earlier), since: this.#since };
          this.#builder.effect({ kind: "mark", key, after: before, keep: this.#keep });
        }
      }
    }
  }

  forbid(rule: After): void {
    const text = rule.after.map((trigger) => `${trigger.kind}:${trigger.text}`);
    for (const group of this.#read()) {
      const key = this.#key(["step", ...text], group);
      this.#builder.check({ kind: "unmarked", key, since: this.#since }, { kind: "rule", rule });
    }
  }

  satisfy({ required }: Before): void {
    // A success whose argument is not known satisfies nothing that wants it equal.
    if (this.#rule.same.length > 0 && this.#value === undefined) return;
    const [group = "all"] = this.#written();
    const key = this.#key(["success", `${required.kind}:${required.text}`], group);
    this.#builder.whenSucceeded(this.#mark(key));
  }

  require(rule: Before): void {
    const { required } = rule;
    const [group = "all"] = this.#written();
    const key = this.#key(["success", `${required.kind}:${required.text}`], group);
    this.#builder.check({ kind: "marked", key, since: this.#since }, { kind: "rule", rule });
  }

  /** Some members of a combination happen now: the others must not all have happened. */
  combine(
    rule: Together,
    { present, counting }: { readonly present: ReadonlySet<number>; readonly counting: boolean },
  ): void {
    const cause = { kind: "rule", rule } as const;
    const [group = "all"] = this.#written();
    const keys = rule.members.map(({ kind, text }) => this.#key(["member", `${kind}:${text}`], group));
    if (counting) {
      // INVARIANT (D3): without the argument that is compared it is not known which calls belong together.
      const others = group === "unknown" ? [] : keys.filter((_key, index) => !present.has(index));
      this.#builder.check({ kind: "incomplete", keys: others, since: this.#since }, cause);
    }
    for (const [index, key] of keys.entries()) {
      if (present.has(index)) this.#builder.effect(this.#mark(key));
    }
  }

  /** INVARIANT (D9): with the member that it lacks, so that no store finds one that all objects inherit. */
  #mark(key: KeyIndex): MarkEffect {
    return { kind: "mark", key, after: undefined, keep: this.#keep };
  }

  /** The groups that a call is remembered in. */
  #written(): readonly Group[] {
    if (this.#rule.same.length === 0) return ["all"];
    return [this.#value === undefined ? "unknown" : { value: this.#value }, "any"];
  }

  /** The groups in which something remembered may belong to this call. */
  #read(): readonly Group[] {
    if (this.#rule.same.length === 0) return ["all"];
    return this.#value === undefined ? ["any"] : [{ value: this.#value }, "unknown"];
  }

  #readBy(group: Group): readonly Group[] {
    if (group === "all") return ["all"];
    return typeof group === "object" ? [group, "unknown"] : ["any"];
  }

  #key(members: readonly string[], group: Group) {
    const { same, within } = this.#rule;
    const named = typeof group === "object" ? group.value : [group];
    // A step of a list depends on how long the steps before it count.
    const window = members.length > 2 ? String(within ?? "") : "";
    return this.#builder.key("mark", this.#owner, members, window, same, named);
  }
}
