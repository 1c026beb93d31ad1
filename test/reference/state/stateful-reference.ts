import type { HistoryRule, MadeCall, StatefulDocument } from "../../generators/stateful-document.ts";
import { type EarlierCall, type Ending, haveSameOwner, isNamed } from "./earlier-call.ts";
import { judgeHistory } from "./judge-history.ts";
import { exceedsBudget, exceedsLimit } from "./judge-limits.ts";
import { isRunningAway } from "./judge-runaway.ts";

/** What the policy says of a call: `permit`, or a code and the rule that decides. */
export interface StatefulAnswer {
  readonly code: string;
  readonly rule?: string | undefined;
}

const lethalTrifecta: HistoryRule = {
  id: "lethal-trifecta",
  kind: {
    together: ["label:private-data", "label:untrusted-content", "label:external-communication"],
    approval: false,
  },
};

/** Decides calls as `docs/policy.md` says, from the list of all earlier ones. */
export class StatefulReference {
  readonly #policy: StatefulDocument;
  readonly #format: Intl.DateTimeFormat;
  #order = 0;
  readonly #past: EarlierCall[] = [];
  readonly #suspended: { readonly call: EarlierCall; readonly until: number }[] = [];

  constructor(policy: StatefulDocument) {
    this.#policy = policy;
    const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", hourCycle: "h23" } as const;
    this.#format = new Intl.DateTimeFormat("en-US", { ...digits, timeZone: policy.timezone });
  }

  /** The answers that are right: one, or two where a rolling budget may count a charge for longer. */
  judge(made: MadeCall, at: number): readonly StatefulAnswer[] {
    const call = this.#call(made, at, undefined);
    if (isNamed(this.#policy.forbidden, call)) return [{ code: "forbidden" }];
    if (this.#suspended.some((other) => other.until > at && haveSameOwner(["session"], other.call, call)))
      return [{ code: "suspended" }];
    const { runaway, rules, trifecta, limits, budgets } = this.#policy;
    if (runaway && isRunningAway(runaway, call, this.#past)) return [{ code: "runaway" }];
    const history = [...rules, ...(trifecta ? [lethalTrifecta] : [])].flatMap((rule) => {
      const code = judgeHistory(rule, call, this.#past);
      return code === undefined ? [] : [{ code, rule: rule.id }];
    });
    if (history.length > 0) return history;
    const limit = limits.find((each) => exceedsLimit(each, call, this.#past));
    if (limit) return [{ code: "rate_limited", rule: limit.id }];
    const answers: StatefulAnswer[] = [];
    for (const budget of budgets) {
      const exceeds = exceedsBudget(budget, call, this.#past);
      if (exceeds !== false) answers.push({ code: "budget_exhausted", rule: budget.id });
      if (exceeds === true) return answers;
    }
    return [...answers, { code: "permit" }];
  }

  /** Remembers a call and what was answered. */
  remember(made: MadeCall, at: number, code: string): EarlierCall {
    const call = this.#call(made, at, code === "permit" ? undefined : code);
    this.#past.push(call);
    const { cooldown = 600_000 } = this.#policy.runaway ?? {};
    if (code === "runaway") this.#suspended.push({ call, until: at + cooldown });
    return call;
  }

  /** Remembers how a call ended. */
  end(call: EarlierCall, end: Omit<Ending, "order">): void {
    call.end = { ...end, order: this.#order++ };
  }

  #localTime(at: number): string {
    const { year, month, day, hour } = Object.fromEntries(
      this.#format.formatToParts(at).map(({ type, value }) => [type, value]),
    );
    return `${year}-${month}-${day}T${hour}`;
  }

  #call(made: MadeCall, at: number, denied: string | undefined): EarlierCall {
    const as = this.#policy.tools[made.tool];
    if (as === undefined) throw new Error(`no tool ${made.tool}`);
    return { ...made, at, local: this.#localTime(at), as, denied, order: this.#order++ };
  }
}
