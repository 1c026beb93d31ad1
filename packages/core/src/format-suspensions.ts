import type { ListedSuspension } from "./suspension-list.ts";

/** The text of a file that lists who is stopped, as `parseSuspensions` reads it: YAML, an entry after the other. */
export function formatSuspensions(list: readonly ListedSuspension[]): string {
  if (list.length === 0) return "suspended: []\n";
  return `suspended:\n${list.map(formatEntry).join("")}`;
}

function formatEntry(entry: ListedSuspension): string {
  const until = entry.until === undefined ? undefined : new Date(entry.until).toISOString();
  const members = Object.entries({ ...targetMembers(entry), until, reason: entry.reason });
  const lines = members.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}: ${quoted(value)}`);
  return `  - ${lines.join("\n    ")}\n`;
}

function targetMembers(entry: ListedSuspension): Readonly<Record<string, string | true | undefined>> {
  switch (entry.kind) {
    case "everything":
      return { everything: true };
    case "tenant":
      return { tenant: entry.tenant };
    case "agent":
      return { agent: entry.id, tenant: entry.tenant };
    case "user":
      return { user: entry.id, issuer: entry.issuer, tenant: entry.tenant };
    case "session":
      return { session: entry.id, user: entry.user, issuer: entry.issuer, tenant: entry.tenant };
  }
}

/** JSON is YAML, too. What nobody can see is written as an escape. */
function quoted(value: string | true | undefined): string {
  return JSON.stringify(value).replace(/[\p{C}\u2028\u2029]/gu, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}
