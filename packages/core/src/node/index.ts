/** @module The parts of core that need Node: files. */
export { type FileAuditLog, type FileAuditLogOptions, openFileAuditLog } from "./file-audit-log.ts";
export { loadPolicies } from "./load-policies.ts";
export { type LoadPolicyOptions, loadPolicy } from "./load-policy.ts";
export { readPolicyText } from "./read-policy-text.ts";
export { type SuspendOnSignalOptions, suspendOnSignal } from "./suspend-on-signal.ts";
export { type VerifyAuditFileOptions, verifyAuditFile } from "./verify-audit-file.ts";
export { type WatchedPolicies, type WatchPoliciesOptions, watchPolicies } from "./watch-policies.ts";
export { type FollowOptions, type WatchedPolicy, type WatchPolicyOptions, watchPolicy } from "./watch-policy.ts";
export {
  type WatchedSuspensions,
  type WatchSuspensionsOptions,
  watchSuspensions,
} from "./watch-suspensions.ts";
