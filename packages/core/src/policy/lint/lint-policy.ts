import type { PolicyModel } from "../policy-model.ts";
import type { PolicyReading } from "../policy-reading.ts";
import type { SparsePolicy } from "../policy-schema.ts";
import { constantConditions } from "./constant-conditions.ts";
import { idleBudgets } from "./idle-budgets.ts";
import { idleRoles } from "./idle-roles.ts";
import { idleTriggers } from "./idle-triggers.ts";
import type { LintPass } from "./lint-pass.ts";
import { LintedPolicy } from "./linted-policy.ts";
import { missingApprovers } from "./missing-approvers.ts";
import { mistypedConditions } from "./mistyped-conditions.ts";
import { obligationConflicts } from "./obligation-conflicts.ts";
import { openArguments } from "./open-arguments.ts";
import { openFailures } from "./open-failures.ts";
import { redundantRules } from "./redundant-rules.ts";
import { repeatedConditions } from "./repeated-conditions.ts";
import { shadowedAllows } from "./shadowed-allows.ts";
import { unaskedDemands } from "./unasked-demands.ts";
import { unusableTools } from "./unusable-tools.ts";
import { unusedCeilingEntries } from "./unused-ceiling-entries.ts";
import { unyieldedScopes } from "./unyielded-scopes.ts";
import { wideCeilings } from "./wide-ceilings.ts";

const passes: readonly LintPass[] = [
  shadowedAllows,
  redundantRules,
  unaskedDemands,
  repeatedConditions,
  unyieldedScopes,
  idleTriggers,
  unusableTools,
  idleRoles,
  missingApprovers,
  wideCeilings,
  unusedCeilingEntries,
  constantConditions,
  openArguments,
  mistypedConditions,
  obligationConflicts,
  idleBudgets,
  openFailures,
];

/** Reports what in a file cannot have the effect that its words suggest. */
export function lintPolicy(reading: PolicyReading, document: SparsePolicy, model: PolicyModel): void {
  // Of the entries with errors beyond those that are taken down nobody knows, and they are judged by nobody.
  if (reading.source.hasAllErrors) return;
  const policy = new LintedPolicy(reading, document, model);
  const whole = reading.source.faults.length === 0;
  for (const { concludesFrom, run } of passes) if (whole || concludesFrom === "entries") run(policy);
}
