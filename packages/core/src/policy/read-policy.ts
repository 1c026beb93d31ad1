import { nearestName } from "../condition/nearest-name.ts";
import { sha256 } from "../digest.ts";
import type { ApprovalModel, PolicyModel } from "./policy-model.ts";
import type { PolicyReading } from "./policy-reading.ts";
import type { SparsePolicy } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { readBudgets } from "./read-budgets.ts";
import { readHolders } from "./read-holders.ts";
import { readLimits, readRunaway } from "./read-limits.ts";
import { readPacks, readRules } from "./read-rules.ts";
import { checkVisible, readDuration } from "./read-text.ts";
import { readTools } from "./read-tools.ts";

/** What {@link readPolicy} works with. */
export type ReadPolicyOptions = Omit<PolicyReading, "source">;

/** Reads a file as far as its shape is right. What is wrong in it is reported to the source; the result then counts for nothing. */
export function readPolicy(source: PolicySource, document: SparsePolicy, options: ReadPolicyOptions): PolicyModel {
  const reading: PolicyReading = { source, ...options };
  checkVisible(source, ["tenant"], document.tenant);
  const tools = readTools(reading, document.tools);
  const holders = readHolders(reading, document, tools);
  checkRoles(source, document);
  return {
    digest: `sha256:${sha256(source.text)}`,
    source: source.file,
    tenant: document.tenant,
    timezone: readTimezone(source, document.timezone ?? "UTC"),
    tools,
    holders,
    hasCeilings: document.agents !== undefined,
    approvals: readApprovals(source, document),
    budgets: readBudgets(source, document.budgets),
    rules: [...readRules(reading, document.rules), ...readPacks(source, document.packs)],
    limits: readLimits(source, document.limits),
    runaway: readRunaway(source, document.runaway),
    suggests: document.alternatives ?? true,
    opens: document.fail === "open",
  };
}

/** With a list of roles in the file, a role that is not in it can be held by nobody. */
function checkRoles(source: PolicySource, { roles, policies }: SparsePolicy): void {
  for (const [index, role] of (roles ?? []).entries()) checkVisible(source, ["roles", index], role);
  if (roles === undefined) return;
  const known = knownRoles(roles);
  for (const [index, entry] of (policies ?? []).entries()) {
    if (entry?.role !== undefined) checkRole(source, { path: ["policies", index, "role"], role: entry.role, known });
  }
}

function knownRoles(roles: readonly (string | undefined)[]): ReadonlySet<string> {
  return new Set(roles.filter((role) => role !== undefined));
}

function checkRole(
  source: PolicySource,
  { path, role, known }: { readonly path: Path; readonly role: string; readonly known: ReadonlySet<string> },
): void {
  if (known.has(role)) return;
  const nearest = nearestName(role, known);
  const help = nearest === undefined ? `add it to "roles", or remove it here` : `did you mean "${nearest}"?`;
  const message = `nobody can hold the role "${role}": it is not in "roles"`;
  source.reportAt(path, { code: "unknown_role", message, help });
}

function readTimezone(source: PolicySource, timezone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    // An offset is known to the platform as well, and is no zone: it has no summer.
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError("an offset is no time zone");
    return timezone;
  } catch {
    const help = 'write an IANA name, such as "America/New_York"';
    source.reportAt(["timezone"], { code: "invalid_value", message: "this time zone is not known", help });
    return "UTC";
  }
}

const tenMinutes = 600_000;

function readApprovals(source: PolicySource, { approvals, roles }: SparsePolicy): ApprovalModel {
  const approvers: string[] = [];
  const known = roles === undefined ? undefined : knownRoles(roles);
  for (const [index, approver] of (approvals?.approvers ?? []).entries()) {
    if (approver === undefined) continue;
    const path = ["approvals", "approvers", index];
    checkVisible(source, path, approver);
    if (approver.startsWith("role:") && approver.length > "role:".length) {
      const role = approver.slice("role:".length);
      approvers.push(role);
      if (known !== undefined) checkRole(source, { path, role, known });
    } else
      source.reportAt(path, {
        code: "invalid_value",
        message: "approvers are roles",
        help: 'write it as "role:manager"',
      });
  }
  const lifetime = readDuration(source, ["approvals", "ttl"], approvals?.ttl) ?? tenMinutes;
  const reuse = readDuration(source, ["approvals", "reuse"], approvals?.reuse) ?? 0;
  if (reuse > lifetime) {
    const message = "an approval cannot be used again for longer than it stands";
    source.reportAt(["approvals", "reuse"], { code: "invalid_value", message, help: "make `reuse` at most `ttl`" });
  }
  return { lifetime, approvers, separation: approvals?.separation ?? true, reuse };
}
