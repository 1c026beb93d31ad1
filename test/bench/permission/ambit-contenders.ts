import { checkPermissions, type Policy, PolicyError, parsePolicy } from "@ambit/core";
import type { PolicyPlan } from "../policy/policy-plan.ts";
import { policyText } from "../policy/policy-text.ts";
import { type Decider, NotLoadableError, type PermissionContender } from "./contender.ts";

/** The contender of ours that the goals are about. */
export const bareName = "Ambit, bare check";

/** Ambit's index of a role's rules, and its check of a user's permissions with all that it says of the answer. */
export const ambitContenders: readonly PermissionContender[] = [
  { name: bareName, variant: "full", build: bare },
  { name: "Ambit, checkPermissions", variant: "full", build: check },
];

/** The policy of a plan, by way of its text. */
export function loadPlan(plan: PolicyPlan): Policy {
  try {
    return parsePolicy(policyText(plan));
  } catch (error) {
    const tooLarge = error instanceof PolicyError && error.diagnostics.every(({ code }) => code === "too_large");
    if (!tooLarge) throw error;
    throw new NotLoadableError("too large to load");
  }
}

function bare(plan: PolicyPlan): Decider {
  const { roles } = loadPlan(plan);
  return { allows: ({ role, scope }) => roles.get(role)?.rule(scope, undefined)?.effect === "allow" };
}

function check(plan: PolicyPlan): Decider {
  const policy = loadPlan(plan);
  const scopes = ["tool:**"];
  return {
    allows: ({ user, role, scope }) =>
      checkPermissions({ user: { sub: user, role }, tool: scope, scopes, policy }).allowed,
  };
}
