import type { KnownContext } from "../call-context.ts";
import { canonicalJson } from "../canonical-json.ts";
import { nearestName } from "../condition/nearest-name.ts";
import { type Deny, type DenyCode, denyCodes } from "../decision.ts";
import { sha256 } from "../digest.ts";
import { hasRunawaySign } from "../plan/refusal-cause.ts";
import type { Policy } from "../policy/policy.ts";
import { type PolicyChoice, policyFor } from "../policy-choice.ts";
import { MonitorError } from "./monitor-error.ts";
import { ruleIds } from "./rule-ids.ts";

/** What is enforced in monitor mode all the same. */
export interface Enforcement {
  /**
   * The share of sessions in which everything is enforced, from 0 to 1. A session is wholly in it or wholly out of it,
   * in every process, and stays in it when the share grows. A call of nobody knows whom is in it only where it is 1.
   * Default: 0.
   */
  readonly share?: number | undefined;
  /**
   * These are enforced in every session, by the names that denials have for them as their `rule`: denies, rules over
   * history, limits and budgets also where a call is denied for something else first. Default: none.
   */
  readonly rules?: readonly string[] | undefined;
  /** Denials with one of these codes are enforced in every session. Default: none. */
  readonly codes?: readonly DenyCode[] | undefined;
}

/** Tells what is enforced from what is only monitored. */
export class EnforcedPart {
  readonly #share: number;
  /** The rules that are enforced in every session. */
  readonly rules: ReadonlySet<string>;
  readonly #codes: ReadonlySet<DenyCode>;
  readonly #policy: PolicyChoice;
  readonly #onFault: (fault: MonitorError) => void;
  readonly #checked = new WeakSet<Policy>();

  /** Throws a `RangeError` for what would enforce nothing, or not what it says. */
  constructor(
    { share = 0, rules = [], codes = [] }: Enforcement,
    policy: PolicyChoice,
    onFault: (fault: MonitorError) => void,
  ) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`enforce.share must be from 0 to 1, not ${share}`);
    const unknown = codes.find((code) => !denyCodes.includes(code));
    if (unknown !== undefined) throw new RangeError(`enforce.codes has "${unknown}", which is no code of a denial`);
    this.#share = share;
    this.rules = new Set(rules);
    this.#codes = new Set(codes);
    this.#policy = policy;
    this.#onFault = onFault;
    if (rules.length === 0) return;
    if (policy === undefined) throw new RangeError("enforce.rules needs the policy, to find the rules in");
    const message = this.#describeUnknown(undefined);
    if (message !== undefined) throw new RangeError(message);
  }

  /** Whether everything is enforced in the session of a context. Pure. */
  covers(context: KnownContext | undefined): boolean {
    if (this.#share === 1 || this.#share === 0) return this.#share === 1;
    return context !== undefined && placeOf(context) < this.#share;
  }

  /** Whether a denial is enforced in every session. */
  names({ rule, code }: Deny): boolean {
    if (this.#codes.has(code) || (rule !== undefined && this.rules.has(rule))) return true;
    // A sign of a runaway refuses one call in its own name; all others are refused by the suspension that it begins.
    return code === "suspended" && hasRunawaySign(this.rules);
  }

  /** Tells of rules that are not in the policy any more, once for each policy. Never throws. */
  checkPolicy(tenant: string | undefined): void {
    if (this.rules.size === 0) return;
    try {
      const message = this.#describeUnknown(tenant);
      if (message !== undefined) this.#onFault(new MonitorError("unknown_rules", message));
    } catch (cause) {
      const message = "it cannot be found out whether the policy has the rules of enforce.rules";
      this.#onFault(new MonitorError("unknown_rules", message, { cause }));
    }
  }

  /** What is wrong, if the policy is one that was not looked at before. Of one policy a tenant, any may have a rule. */
  #describeUnknown(tenant: string | undefined): string | undefined {
    const policies = policiesOf(this.#policy, tenant).filter((policy) => !this.#checked.has(policy));
    if (policies.length === 0) return undefined;
    for (const policy of policies) this.#checked.add(policy);
    const known = new Set<string>();
    for (const policy of everyPolicy(this.#policy)) for (const id of ruleIds(policy)) known.add(id);
    const unknown = [...this.rules].filter((rule) => !known.has(rule));
    if (unknown.length === 0) return undefined;
    return unknown.map((rule) => describe(rule, known)).join("; ");
  }
}

/** Without a tenant, all of them. */
function policiesOf(choice: PolicyChoice, tenant: string | undefined): readonly Policy[] {
  if (tenant === undefined) return everyPolicy(choice);
  const policy = policyFor(choice, tenant);
  return policy === undefined ? [] : [policy];
}

function everyPolicy(choice: PolicyChoice): readonly Policy[] {
  if (choice === undefined) return [];
  if ("tenants" in choice) return [...choice.tenants.values()];
  const policy = "current" in choice ? choice.current : choice;
  return policy === undefined ? [] : [policy];
}

function describe(rule: string, known: ReadonlySet<string>): string {
  const nearest = nearestName(rule, [...known]);
  const instead = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  return `enforce.rules has "${rule}", which is no rule of the policy${instead}`;
}

/** Where a session stands among all sessions: evenly from 0 to 1, and the same wherever it is asked. */
function placeOf({ tenant, issuer, subject, session }: KnownContext): number {
  const digest = sha256(canonicalJson(["ambit monitor 1", tenant, issuer, subject, session]));
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}
