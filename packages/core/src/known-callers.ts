import { type KnownContext, weightOf } from "./call-context.ts";
import { holderOf, ownRules } from "./permit.ts";
import type { ContextPlans } from "./plan/context-plans.ts";
import { cellName } from "./plan/owner-key.ts";
import type { Policy } from "./policy/policy.ts";
import { RecentMap } from "./recent-map.ts";

/** How many contexts are remembered, and how many characters of what is known of them. */
const contexts = { entries: 20_000, weight: 8_000_000 } as const;
/** How many rights are remembered by name, and how many characters of them. */
const names = { entries: 2_000, weight: 1_000_000 } as const;

/** What is known of the calls of one context under one policy. */
export interface KnownCaller {
  /** Names all that the context brings to a permission: two that bring the same have the same text. */
  readonly rights: string;
  /** How its calls are planned. */
  plans: ContextPlans | undefined;
}

/** What is known of the calls of contexts under one policy, for nothing but speed. */
export class KnownCallers {
  readonly #policy: Policy;
  readonly #callers = new RecentMap<KnownContext, KnownCaller>(contexts);
  readonly #names = new RecentMap<string, string>(names);

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  of(context: KnownContext): KnownCaller {
    return this.#callers.get(context) ?? this.#add(context);
  }

  /** Remembers how a context's calls are planned. `weight`: characters that are kept more than before. */
  keepPlans(context: KnownContext, plans: ContextPlans, weight: number): void {
    const caller = this.of(context);
    caller.plans = plans;
    this.#callers.set(context, caller, weight);
  }

  #add(context: KnownContext): KnownCaller {
    const rights = this.#nameRights(context);
    const caller = { rights, plans: undefined };
    // INVARIANT (R1): it keeps the context, whoever else has forgotten it.
    this.#callers.set(context, caller, weightOf(context));
    return caller;
  }

  /** INVARIANT (D2, D5): whatever of a context decides a permission is part of the name. */
  #nameRights(context: KnownContext): string {
    const { subject, issuer, roles, scopes, actor, tier, grant } = context;
    const own = ownRules(this.#policy, holderOf(context)) === undefined ? [] : [issuer, subject];
    // A list where there is a grant, also an empty one, and a text where there is none.
    const name = cellName("rights", roles, scopes, actor, tier ?? "", grant ?? "", own);
    // One text for all: it is found by looking at where it is, not at what it says.
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, name, name.length);
    return name;
  }
}
