import type { PolicyPlan, PolicyVariant } from "../policy/policy-plan.ts";
import type { Query } from "../policy/queries.ts";

/** Something that decides permissions. */
export interface PermissionContender {
  readonly name: string;
  /** The most of the language that it can express. */
  readonly variant: PolicyVariant;
  /** The largest policy that it is built for, in rules. Default: any. */
  readonly largest?: number;
  /** Whether it is asked only what it was asked before, because it remembers its answers. */
  readonly repeats?: boolean;
  /** Throws a {@link NotLoadableError} for a policy that it refuses for its size. */
  readonly build: (plan: PolicyPlan) => Decider | Promise<Decider>;
}

/** A policy, ready to be asked. */
export type Decider =
  | { readonly allows: (query: Query) => boolean }
  | { readonly allowsLater: (query: Query) => Promise<boolean> };

/** A policy is too large for whoever should decide by it. */
export class NotLoadableError extends Error {}
