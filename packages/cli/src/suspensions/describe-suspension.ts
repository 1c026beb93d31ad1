import type { ListedSuspension, ListedTarget } from "@ambit/core";

/** Whose calls an entry stops, in words; two that differ have different words. */
export function describeTarget(target: ListedTarget): string {
  switch (target.kind) {
    case "everything":
      return "everything";
    case "tenant":
      return tenantText(target.tenant);
    case "agent":
      return `agent ${quoted(target.id)} in ${tenantText(target.tenant)}`;
    case "user":
      return `user ${quoted(target.id)} of ${issuerText(target.issuer)} in ${tenantText(target.tenant)}`;
    case "session": {
      const user = target.user === undefined ? "any user" : `user ${quoted(target.user)}`;
      const issuer = issuerText(target.issuer);
      return `session ${quoted(target.id)} of ${user} of ${issuer} in ${tenantText(target.tenant)}`;
    }
  }
}

/** An entry in words: whose calls, until when and why. `now`: epoch milliseconds. */
export function describeSuspension(entry: ListedSuspension, now: number): string {
  const { until, reason } = entry;
  const end = until === undefined ? "" : `, ${until > now ? "until" : "ended"} ${new Date(until).toISOString()}`;
  return `${describeTarget(entry)}${end}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Whether two name the same calls. */
export function isSameTarget(some: ListedTarget, other: ListedTarget): boolean {
  return describeTarget(some) === describeTarget(other);
}

function tenantText(tenant: string | undefined): string {
  return tenant === undefined ? "every tenant" : `tenant ${quoted(tenant)}`;
}

function issuerText(issuer: string | undefined): string {
  return issuer === undefined ? "any issuer" : `issuer ${quoted(issuer)}`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
