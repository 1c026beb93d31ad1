import type { DenyCode } from "./decision.ts";
import { decidePermission } from "./permit.ts";
import type { Policy } from "./policy/policy.ts";
import { isToolName, toolScope } from "./resolve-call.ts";
import { scopeFault } from "./scope.ts";

/** The question of {@link checkPermissions}. */
export interface PermissionQuestion {
  /** The verified user, with one role, or several in `roles`. */
  readonly user: {
    readonly sub: string;
    readonly role?: string | undefined;
    readonly roles?: readonly string[] | undefined;
  };
  /** The scope to use, with or without its `tool:` prefix: `email:send:external`. */
  readonly tool: string;
  /** The scopes that the user's credential holds, or patterns. `["tool:**"]` leaves the roles to decide alone. */
  readonly scopes: readonly string[];
  readonly policy: Policy;
}

/** The answer of {@link checkPermissions}. */
export interface PermissionAnswer {
  readonly allowed: boolean;
  readonly code: "permitted" | DenyCode;
  readonly reason: string;
  readonly rule: string | undefined;
  /** Always `false`: a pure check writes nothing. An authorizer's decisions are logged. */
  readonly logged: boolean;
}

/**
 * Whether a user may use a scope, by roles and held scopes alone. Pure: no agent, arguments, history, budget or audit
 * record. The conditions of rules count as unknown: such a deny denies, such an allow does not allow.
 * Never throws: a question that cannot be answered is denied with code `indeterminate`.
 */
export function checkPermissions(question: PermissionQuestion): PermissionAnswer {
  try {
    return answer(question);
  } catch {
    return deny("indeterminate", "the question could not be answered");
  }
}

function answer({ user, tool, scopes, policy }: PermissionQuestion): PermissionAnswer {
  if (policy === undefined || policy === null) return deny("unavailable", "no policy is loaded");
  const { sub, role, roles = role === undefined ? noRoles : [role] } = user;
  if (typeof sub !== "string" || sub === "") return deny("unauthenticated", "the user has no sub");
  if (!areTexts(roles) || !areTexts(scopes)) return deny("unauthenticated", "roles and scopes must be lists of texts");
  const scope = isToolName(tool) ? (tool.startsWith("tool:") ? tool : toolScope(tool)) : "";
  if (scopeFault(scope) !== undefined) return deny("unknown_tool", "this is not a tool's name");
  const holder = { subject: sub, roles, scopes };
  const requirement = { scopes: [scope], named: false };
  const permission = decidePermission({ policy, holder, requirement, environment: undefined });
  const { allowed, reason, rule } = permission;
  return { allowed, code: permission.allowed ? "permitted" : permission.code, reason, rule, logged: false };
}

const noRoles: readonly string[] = Object.freeze([]);

function areTexts(list: readonly string[]): boolean {
  if (!Array.isArray(list)) return false;
  for (let index = 0; index < list.length; index += 1) if (typeof list[index] !== "string") return false;
  return true;
}

function deny(code: DenyCode, reason: string): PermissionAnswer {
  return { allowed: false, code, reason, rule: undefined, logged: false };
}
