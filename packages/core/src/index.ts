/** @module The policy decision point. Runs on Node, edge runtimes and browsers; files are in `@ambit/core/node`. */
export { type ActualCost, type ActualCostRequest, reportActualCost } from "./actual-cost.ts";
export {
  type ApprovalRequest,
  type ApprovalStatus,
  type Approver,
  approvalStatuses,
} from "./approval/approval-request.ts";
export type {
  ApprovalInsertion,
  ApprovalLimits,
  ApprovalPage,
  ApprovalRow,
  ApprovalStore,
} from "./approval/approval-store.ts";
export type { ApprovalAnswer, ApprovalNote, ApprovalQuery, Approvals } from "./approval/approvals.ts";
export type { ApproverLookup } from "./approval/approver-roles.ts";
export { type AwaitApprovalsOptions, awaitApprovals } from "./approval/await-approvals.ts";
export { parseApprovalRow } from "./approval/checked-row.ts";
export { type EarlyPermit, keepPermit } from "./approval/keep-permit.ts";
export type { MemoryApprovals } from "./approval/memory-approvals.ts";
export { argumentNameFault } from "./arguments/argument-name.ts";
export type { AuditCheckpoint } from "./audit/audit-chain.ts";
export { AuditLogError } from "./audit/audit-log-error.ts";
export type {
  ApprovalRecord,
  AuditLog,
  AuditRecord,
  DecisionRecord,
  DeclassificationRecord,
  MonitorRecord,
  OutcomeRecord,
  OutcomeStatus,
  RecordedApproval,
  RecoveryRecord,
  SuspensionRecord,
} from "./audit/audit-record.ts";
export { outcomeStatuses } from "./audit/audit-record.ts";
export type { AuditFault, AuditVerification, InvalidAudit } from "./audit/audit-verification.ts";
export { createMemoryAuditLog, type MemoryAuditLog, type MemoryAuditLogOptions } from "./audit/memory-audit-log.ts";
export { verifyAuditLines } from "./audit/verify-audit-lines.ts";
export type {
  Authorizer,
  AuthorizerOptions,
  Execute,
  Outcome,
  RunResult,
  Settlement,
  StreamResult,
} from "./authorizer.ts";
export { checkPermissions, type PermissionAnswer, type PermissionQuestion } from "./check-permissions.ts";
export { nearestName } from "./condition/nearest-name.ts";
export type { CostFunction, CostReference, PricedCall } from "./cost-function.ts";
export { createAuthorizer } from "./create-authorizer.ts";
export {
  type Alternatives,
  type AskedApproval,
  type Decision,
  type Deny,
  type DenyCode,
  denyCodes,
  type Monitored,
  type Permit,
  renderDenial,
  type UsedApproval,
  undecided,
} from "./decision.ts";
export type { Declassification, DeclassificationAnswer } from "./declassification.ts";
export { type BudgetAnswer, type BudgetQuestion, evaluateBudget } from "./evaluate-budget.ts";
export type { Execution } from "./execution.ts";
export {
  type BudgetFinding,
  type CallExplanation,
  type ChoiceFinding,
  type ExplainRequest,
  explainCall,
  type RuleFinding,
  type ScopeExplanation,
} from "./explain-call.ts";
export { FailedResult } from "./failed-result.ts";
export type { Change } from "./find-changes.ts";
export { formatSuspensions } from "./format-suspensions.ts";
export { guardFunction } from "./guard-function.ts";
export type { GuardedParameters, GuardOptions } from "./guard-options.ts";
export type { RuleChange, RulePlace } from "./holder-review.ts";
export { estimateInputTokens } from "./models/estimate-input-tokens.ts";
export {
  type ModelCall,
  type ModelIdentity,
  type ModelPrices,
  type ModelUsage,
  modelToolCall,
  modelToolName,
} from "./models/model-call.ts";
export { ModelCallDeniedError } from "./models/model-call-denied-error.ts";
export { addMoney, formatMoney, type MicroUnits, parseMoney } from "./money.ts";
export type { Enforcement } from "./monitor/enforced-part.ts";
export { type MonitorOptions, monitorAuthorizer } from "./monitor/monitor-authorizer.ts";
export { MonitorError } from "./monitor/monitor-error.ts";
export type { ObligationHandler, ObligationOccasion } from "./obligation-handler.ts";
export { type OfferRequest, offeredTools } from "./offered-tools.ts";
export { parseSuspensions, suspensionLimits } from "./parse-suspensions.ts";
export { checkPolicy } from "./policy/check-policy.ts";
export { type CheckedYaml, type CheckedYamlOptions, readCheckedYaml } from "./policy/checked-yaml.ts";
export {
  type Diagnostic,
  type DiagnosticCode,
  escapeText,
  type LintCode,
  renderDiagnostic,
  renderDiagnostics,
} from "./policy/diagnostic.ts";
export { parseDuration } from "./policy/duration.ts";
export type { Obligation } from "./policy/obligation.ts";
export { type ParsePolicyOptions, parsePolicy } from "./policy/parse-policy.ts";
export type {
  ApprovalRule,
  BudgetRule,
  Ceilings,
  Policy,
  PolicyReference,
  ScopeChoice,
  TenantPolicies,
  ToolRule,
  UserRules,
} from "./policy/policy.ts";
export { PolicyError } from "./policy/policy-error.ts";
export { policyJsonSchema } from "./policy/policy-json-schema.ts";
export type { RuleTerms, Ruling, ScopeRule } from "./policy/scope-rule.ts";
export type { ScopeRules } from "./policy/scope-rules.ts";
export type { PolicyChoice } from "./policy-choice.ts";
export { type ContextRequest, type ContextSource, resolveContext } from "./resolve-context.ts";
export type { ResultClassifier, ToolResult } from "./result-classifier.ts";
export { type CallToRun, runOrDeny } from "./run-or-deny.ts";
export {
  createSessions,
  type SessionSecret,
  type SessionSubject,
  type Sessions,
  type SessionsOptions,
} from "./sessions.ts";
export { SettleError } from "./settle-error.ts";
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from "./state/memory/memory-store.ts";
export { cyclePeriod, trailLength } from "./state/memory/trail.ts";
export { type AccountWindow, type Check, type Effect, emptyPlan, type KeyIndex, type Plan } from "./state/plan.ts";
export { type ApplyResult, type Observation, type StateStore, StateStoreError } from "./state/state-store.ts";
export type { StateEvent, StateEventOwner } from "./state-event.ts";
export type { Suspended, SuspendedOwner } from "./suspension.ts";
export type { ListedSuspension, ListedTarget, SuspensionSource } from "./suspension-list.ts";
export { parseTime } from "./time-text.ts";
export type { Actor, CallContext, JsonObject, JsonValue, Subject, Tier, ToolCall } from "./tool-call.ts";
export { ToolCallDeniedError } from "./tool-call-denied-error.ts";
export { UngovernableToolError } from "./ungovernable-tool-error.ts";
export { type VisibilityQuestion, visibleTools } from "./visible-tools.ts";
